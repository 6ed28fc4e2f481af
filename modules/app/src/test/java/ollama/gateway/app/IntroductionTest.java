package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntroductionTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      value = {
        "{'models':[{'name':'a:latest','details':{'family':'llama'}},{'name':'b'}]} | a:latest",
        "{'models':[{'name':'nomic-embed-text:latest','model':'x'},{'name':'b:1b'}]} | b:1b",
        "{'models':[{'name':'bge-m3','details':{'family':'bert'}},{'name':'b'}]}    | b",
        "{'models':[{'name':'x','details':{'family':'nomic-bert'}},{'name':'b'}]}   | b",
        "{'models':[{'name':'x','capabilities':['embedding']},{'name':'b'}]}        | b",
        "{'models':[{'name':'x-embed'}]}                                            | x-embed",
        "{'models':[]}                                                              | ''",
      })
  void theExamplesAskAModelWithWhichOneCanChat(String tags, String model) {
    String expected = model.equals("''") ? "" : model;
    assertEquals(expected, Introduction.chatModel(tags.replace('\'', '"')).orElse(""));
  }
}
