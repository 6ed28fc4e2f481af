import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The records of the settings with what their Javadoc says, as the compiler reads it.
 *
 * @param root the record that is the whole file
 * @param records by the name of their type
 */
record Manual(Documented root, Map<String, Documented> records) {

  /** How a record is written in the file. */
  enum Form {
    OBJECT,
    TEXT,
    TEXT_OR_OBJECT
  }

  /**
   * One record.
   *
   * @param type its name in Java
   * @param text what stands above it, as Markdown
   * @param settings its components
   */
  record Documented(String type, String text, Form form, List<Setting> settings) {

    /** Whether the record says that 0 and an empty text, or the latter, stand for the default. */
    boolean emptyIsDefault() {
      return text.contains("an empty text stand");
    }

    Optional<String> prefix() {
      return Setting.prefixOf(text);
    }
  }

  /** Reads the records in a folder. */
  static Manual read(Path folder, String root) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> sources = Files.list(folder)) {
      List<Path> java = sources.filter(path -> path.toString().endsWith(".java")).toList();
      var units = files.getJavaFileObjectsFromPaths(java);
      var task = (JavacTask) compiler.getTask(null, files, null, null, null, units);
      DocTrees docs = DocTrees.instance(task);
      Map<String, Documented> records = new TreeMap<>();
      for (CompilationUnitTree unit : task.parse()) {
        for (Tree type : unit.getTypeDecls()) {
          if (type instanceof ClassTree record && record.getKind() == Tree.Kind.RECORD) {
            DocCommentTree doc = docs.getDocCommentTree(TreePath.getPath(unit, record));
            if (doc != null && record.getModifiers().getFlags().contains(Modifier.PUBLIC)) {
              records.put(record.getSimpleName().toString(), documented(record, doc));
            }
          }
        }
      }
      return new Manual(records.get(root), records);
    }
  }

  private static Documented documented(ClassTree record, DocCommentTree doc) {
    String type = record.getSimpleName().toString();
    Form form = form(record);
    List<Setting> settings = new ArrayList<>();
    if (form != Form.TEXT && (type.endsWith("Config") || form == Form.TEXT_OR_OBJECT)) {
      for (Tree member : record.getMembers()) {
        if (member instanceof VariableTree field && !isStatic(field)) {
          settings.add(setting(record, field, doc));
        }
      }
    }
    return new Documented(type, Prose.of(doc.getFullBody()), form, settings);
  }

  /** What has a parser is written as a text; a key may be. */
  private static Form form(ClassTree record) {
    List<String> methods =
        record.getMembers().stream()
            .filter(MethodTree.class::isInstance)
            .map(member -> ((MethodTree) member).getName().toString())
            .toList();
    if (methods.contains("parse")) {
      return Form.TEXT;
    }
    return methods.contains("ofPlain") ? Form.TEXT_OR_OBJECT : Form.OBJECT;
  }

  private static Setting setting(ClassTree record, VariableTree field, DocCommentTree doc) {
    String name = field.getName().toString();
    String text =
        doc.getBlockTags().stream()
            .filter(ParamTree.class::isInstance)
            .map(ParamTree.class::cast)
            .filter(param -> param.getName().getName().contentEquals(name))
            .map(param -> Prose.of(param.getDescription()))
            .findFirst()
            .orElseThrow(
                () -> new IllegalStateException(record.getSimpleName() + " has no @param " + name));
    return Setting.of(name, field.getType().toString(), text, pattern(record, name));
  }

  /** The record's own pattern of the component's name, such as SHA_256 for sha256. */
  private static Optional<String> pattern(ClassTree record, String name) {
    return record.getMembers().stream()
        .filter(VariableTree.class::isInstance)
        .map(VariableTree.class::cast)
        .filter(field -> isStatic(field) && field.getType().toString().equals("Pattern"))
        .filter(field -> field.getName().toString().replace("_", "").equalsIgnoreCase(name))
        .map(field -> (MethodInvocationTree) field.getInitializer())
        .map(compile -> (LiteralTree) compile.getArguments().getFirst())
        .map(literal -> (String) literal.getValue())
        .findFirst();
  }

  private static boolean isStatic(VariableTree field) {
    return field.getModifiers().getFlags().contains(Modifier.STATIC);
  }
}
