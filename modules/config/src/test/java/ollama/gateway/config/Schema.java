package ollama.gateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The committed schema for editors, and what it says about a file. */
final class Schema {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JsonNode root;
  private final JsonSchema validator;

  Schema() throws IOException {
    root = MAPPER.readTree(Project.read(Project.SCHEMA));
    validator = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(root);
  }

  JsonNode root() {
    return root;
  }

  static JsonNode parse(String json) throws IOException {
    return MAPPER.readTree(json);
  }

  /** What an editor would underline; empty if nothing. */
  List<String> complaints(String json) throws IOException {
    return validator.validate(parse(json)).stream().map(ValidationMessage::getMessage).toList();
  }

  /** All settings but those of keys by their path, such as {@code limits.fields}. */
  Map<String, JsonNode> settings() {
    Map<String, JsonNode> settings = new LinkedHashMap<>();
    collect("", root, settings);
    return settings;
  }

  private static void collect(String path, JsonNode object, Map<String, JsonNode> settings) {
    for (Map.Entry<String, JsonNode> member : object.get("properties").properties()) {
      String name = path + member.getKey();
      if (member.getValue().has("properties")) {
        collect(name + ".", member.getValue(), settings);
      } else {
        settings.put(name, member.getValue());
      }
    }
  }

  /** A file that has nothing but its servers and one setting. */
  static String file(String path, String value) {
    if (path.equals("ollamaAddresses")) {
      return "{\"ollamaAddresses\": " + value + "}";
    }
    String[] names = path.split("\\.", -1);
    String member = "\"" + names[names.length - 1] + "\": " + value;
    for (int i = names.length - 2; i >= 0; i--) {
      member = "\"" + names[i] + "\": {" + member + "}";
    }
    return SettingsFile.with(member);
  }
}
