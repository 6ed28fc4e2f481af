import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.TextTree;
import java.util.List;
import javax.lang.model.element.Name;

/** Javadoc as Markdown: one line per paragraph. What it doesn't know it refuses. */
final class Prose {
  private Prose() {}

  static String of(List<? extends DocTree> trees) {
    StringBuilder text = new StringBuilder();
    for (DocTree tree : trees) {
      text.append(
          switch (tree) {
            case TextTree plain -> plain.getBody().replaceAll("\\s+", " ");
            case LiteralTree code ->
                "`" + code.getBody().getBody().strip().replaceAll("\\s+", " ") + "`";
            case LinkTree link -> "`" + link.getReference().getSignature() + "`";
            case StartElementTree start -> markup(start.getName());
            case EndElementTree end -> markup(end.getName());
            case EntityTree entity when entity.getName().contentEquals("amp") -> "&";
            default -> throw new IllegalStateException("no Markdown for " + tree);
          });
    }
    return text.toString().replaceAll(" *\n\n *", "\n\n").strip();
  }

  private static String markup(Name element) {
    return switch (element.toString()) {
      case "p" -> "\n\n";
      case "code" -> "`";
      default -> throw new IllegalStateException("no Markdown for <" + element + ">");
    };
  }
}
