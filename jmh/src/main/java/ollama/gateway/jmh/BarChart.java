package ollama.gateway.jmh;

import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** A picture of some quantities, one bar each. */
public final class BarChart {

  private static final String OURS = "#2b6cb0";
  private static final String OTHERS = "#a0aec0";
  private static final int BAR_WIDTH = 400;

  private BarChart() {}

  /**
   * Draws.
   *
   * @param title what is drawn, with the unit
   * @param bars the values by name, in order; at least one
   * @param ours whether a name's bar is to stand out
   * @param nameWidth the room for names, in pixels
   * @return an SVG document
   */
  public static String svg(
      String title, Map<String, Double> bars, Predicate<String> ours, int nameWidth) {
    double most = bars.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
    int width = nameWidth + BAR_WIDTH + 100;
    int height = 60 + 36 * bars.size();
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"14\">%n"
                + "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n"
                + "<text x=\"16\" y=\"28\" font-weight=\"bold\">%s</text>%n",
            width,
            height,
            width,
            height,
            title));
    int y = 48;
    for (Map.Entry<String, Double> bar : bars.entrySet()) {
      double length = BAR_WIDTH * bar.getValue() / Math.max(most, 1e-9);
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"16\" y=\"%d\">%s</text>%n"
                  + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"24\" fill=\"%s\"/>%n"
                  + "<text x=\"%.1f\" y=\"%d\">%.1f</text>%n",
              y + 17,
              bar.getKey(),
              nameWidth,
              y,
              length,
              ours.test(bar.getKey()) ? OURS : OTHERS,
              nameWidth + 8 + length,
              y + 17,
              bar.getValue()));
      y += 36;
    }
    return svg.append("</svg>\n").toString();
  }
}
