package ollama.gateway.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Connector;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.ollama.BodyWatch;
import ollama.gateway.ollama.LoadOptions;
import ollama.gateway.ollama.ModelOption;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.OptionRule;
import ollama.gateway.ollama.OptionValue;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.OptionsRefusedException;
import ollama.gateway.ollama.OptionsRewriter;
import ollama.gateway.ollama.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A body of which the beginning is kept and changed, and the rest changed while it passes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PassingTest {

  private static final OptionsPolicy POLICY =
      new OptionsPolicy(
          List.of(OptionRule.pinned(ModelOption.NUM_CTX, OptionValue.ofNumber("4096"))), true);

  private final MemoryBudget budget = new MemoryBudget(1 << 20);
  private final RealExchange exchanges;

  PassingTest() throws IOException {
    exchanges = new RealExchange();
  }

  @AfterAll
  void close() {
    exchanges.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      value = {
        "{'model':'a','x':'|y'}                    |"
            + " {'model':'a','x':'y','options':{'num_ctx':4096}}",
        "{'model':'a','opti|ons':{'num_ctx':1}}    | {'model':'a','options':{'num_ctx':4096}}",
        "{'model':'a','options':{'num_ctx|':1}}    | {'model':'a','options':{'num_ctx':4096}}",
        "{'options':{'num_ctx':1},'model':'a'|}    | {'options':{'num_ctx':4096},'model':'a'}",
      })
  void whoReadsTheBeginningKnowsWhatServersWillGet(String begin, String rest, String expected)
      throws Exception {
    String sent = quoted(expected);
    LoadOptions said =
        ModelRequest.of(Route.CHAT, sent.getBytes(UTF_8), sent.length(), true).loadOptions();
    String kept = quoted(begin);
    look(
        kept + quoted(rest),
        kept.length(),
        (question, e) -> {
          assertTrue(question.rewrite(new OptionsRewriter(POLICY, Route.CHAT)));

          ModelRequest request = question.request(Route.CHAT, false, true);
          assertEquals(said, request.loadOptions());
          assertEquals("a", request.names().model());
          assertEquals(question.size() + Passing.BYTES, budget.takenBytes());
          assertEquals(Framing.CHUNKED, question.framing(Framing.ofLength(99)));
          assertEquals(Framing.CHUNKED, question.framing(Framing.CHUNKED));
          assertEquals(sent, passed(question, e));
          assertFalse(question.whole());
          assertEquals(Passing.BYTES, budget.takenBytes());
        });
    assertEquals(0, budget.takenBytes());
  }

  @Test
  void anotherModelMayBeNamedInTheBeginning() throws Exception {
    look(
        quoted("{'model':'a','x':1}"),
        14,
        (question, e) -> {
          assertTrue(question.rewrite(new OptionsRewriter(POLICY, Route.CHAT)));
          question.rename(Route.CHAT, quoted("'longer'"));
          String expected = quoted("{'model':'longer','x':1,'options':{'num_ctx':4096}}");
          assertEquals(expected, passed(question, e));
        });
  }

  @Test
  void theBeginningMayBeSentAgainAsLongAsNothingElseHasPassed() throws Exception {
    look(
        quoted("{'model':'a','x':1}"),
        14,
        (question, e) -> {
          assertTrue(question.rewrite(new OptionsRewriter(POLICY, Route.CHAT)));
          assertEquals(quoted("{'model':'a','"), UTF_8.decode(question.sentBytes()).toString());
          assertEquals(quoted("{'model':'a','"), UTF_8.decode(question.sentBytes()).toString());
          assertTrue(question.whole());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'model':'a','options':{},'options':", "{'model':'a','options':[]"})
  void aBeginningThatMayNotGoOnIsRefused(String begin) throws Exception {
    String kept = quoted(begin) + "{}";
    look(
        kept + "}",
        kept.length(),
        (question, e) ->
            assertThrows(
                OptionsRefusedException.class,
                () -> question.rewrite(new OptionsRewriter(POLICY, Route.CHAT))));
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 16 + Passing.BYTES})
  void whereThereIsNoMemoryForItItDoesNotGoOn(int bytes) throws Exception {
    String body = quoted("{'model':'a','x':1}");
    MemoryBudget small = new MemoryBudget(bytes);
    exchanges.look(
        counted(body),
        e -> {
          try (Question question = new Question(15, small)) {
            fill(question, e);
            assertFalse(question.rewrite(new OptionsRewriter(POLICY, Route.CHAT)));
          } catch (OptionsRefusedException refused) {
            throw new IOException(refused);
          }
          return 0;
        });
    assertEquals(0, small.takenBytes());
  }

  private interface Look {
    void at(Question question, Exchange e) throws IOException, OptionsRefusedException;
  }

  /** At a question that keeps so many bytes. */
  private void look(String body, int keptBytes, Look look) throws Exception {
    exchanges.look(
        counted(body),
        e -> {
          try (Question question = new Question(keptBytes, budget)) {
            fill(question, e);
            assertEquals(keptBytes, question.size());
            look.at(question, e);
          } catch (OptionsRefusedException refused) {
            throw new IOException(refused);
          }
          return 0;
        });
  }

  private static void fill(Question question, Exchange e) throws IOException {
    question.fill(e.body());
    question.fillToModel(e.body(), new Passing(new BodyWatch(Route.CHAT, false), false));
  }

  /** What a server gets. */
  private String passed(Question question, Exchange e) throws IOException {
    try (Connection connection =
        Connector.connect(
            e.loop(), exchanges.address(), EventLoop.deadlineMillis(10_000), Watch.NONE)) {
      Output out = new Output(connection);
      BodyEncoder encoder = new BodyEncoder();
      encoder.reset(Framing.UNTIL_CLOSE);
      Edits.Writing kept = question.writing();
      while (kept.hasNext()) {
        kept.write(encoder, out);
      }
      while (!e.body().done()) {
        assertEquals(Optional.empty(), question.pass(e.body(), encoder, out));
        if (!e.body().done()) {
          e.body().await(null);
        }
      }
      ByteBuffer all = out.room(0).duplicate().flip();
      String text = UTF_8.decode(all).toString();
      out.discard();
      return text;
    }
  }

  private static String counted(String body) {
    return "POST / HTTP/1.1\r\nHost: g\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static String quoted(String text) {
    return text.replace('\'', '"');
  }
}
