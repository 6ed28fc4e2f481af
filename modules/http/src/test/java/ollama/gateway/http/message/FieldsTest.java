package ollama.gateway.http.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import ollama.gateway.http.testing.Bytes;
import org.junit.jupiter.api.Test;

final class FieldsTest {

  @Test
  void namesAreComparedInAnyCase() {
    Fields fields = fields("X-Api-KEY: a", "Other: b");

    assertTrue(fields.nameIs(0, "x-api-key"));
    assertFalse(fields.nameIs(1, "x-api-key"));
    assertEquals(0, fields.indexOf("x-api-key"));
    assertEquals(1, fields.indexOf("other"));
    assertEquals(-1, fields.indexOf("othe"));
    assertEquals("X-Api-KEY", fields.name(0));
  }

  @Test
  void theFirstOfSeveralIsFoundAndTheNextOnesToo() {
    Fields fields = fields("Via: a", "X: b", "via: c");

    assertEquals(Optional.of("a"), fields.first(KnownField.VIA));
    assertEquals(2, fields.indexOf(KnownField.VIA, 1));
    assertEquals(-1, fields.indexOf(KnownField.VIA, 3));
    assertEquals(Optional.empty(), fields.first(KnownField.HOST));
    assertFalse(fields.has(KnownField.HOST));
  }

  @Test
  void listMembersAreFoundOnEveryLine() {
    Fields fields = fields("Connection: Keep-Alive, X-Hop", "Connection: ,\t Close ,");

    assertTrue(fields.listHas(KnownField.CONNECTION, "close"));
    assertTrue(fields.listHas(KnownField.CONNECTION, "keep-alive"));
    assertTrue(fields.listHas(KnownField.CONNECTION, "x-hop"));
    assertFalse(fields.listHas(KnownField.CONNECTION, "x"));
    assertFalse(fields.listHas(KnownField.CONNECTION, "keep-alive, x-hop"));
    assertFalse(fields.listHas(KnownField.TE, "close"));
  }

  @Test
  void fieldsNamedInConnectionAreHopByHop() {
    Fields fields = fields("x-HOP: a", "Connection: close, X-hop", "X-Hop-2: b", "X: c");

    assertTrue(fields.listedInConnection(0));
    assertFalse(fields.listedInConnection(1));
    assertFalse(fields.listedInConnection(2));
    assertFalse(fields.listedInConnection(3));
  }

  @Test
  void valuesAreReadWhereTheyStand() {
    Fields fields = fields("Authorization: Bearer k");

    assertEquals("Bearer k".length(), fields.value(0, (bytes, from, to) -> to - from).intValue());
    assertTrue(fields.valueIs(0, "bearer k"));
  }

  @Test
  void everyKnownNameIsKnownInAnyCase() {
    for (KnownField field : KnownField.values()) {
      if (field != KnownField.OTHER) {
        byte[] upper = Bytes.of("<" + field.name().replace('_', '-') + ">");
        assertEquals(field, KnownField.of(upper, 1, upper.length - 1));
      }
    }
  }

  @Test
  void allOtherNamesAreOther() {
    for (String name : new String[] {"X", "Hosts", "Hos", "Content-Length-And-Much-More", ""}) {
      assertEquals(KnownField.OTHER, KnownField.of(Bytes.of(name), 0, name.length()), name);
    }
  }

  private static Fields fields(String... lines) {
    byte[] bytes = Bytes.of(String.join("\n", lines));
    Fields fields = new Fields();
    fields.reset(bytes);
    int at = 0;
    for (String line : lines) {
      int colon = at + line.indexOf(':');
      int end = at + line.length();
      fields.add(KnownField.of(bytes, at, colon), at, colon, colon + 2, end);
      at = end + 1;
    }
    return fields;
  }
}
