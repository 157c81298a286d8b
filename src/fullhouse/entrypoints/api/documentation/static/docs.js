// Starts Redoc with the colors of the reader's system.
(() => {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const colors = isDark
    ? {
        primary: { main: "#7cc39a" },
        text: { primary: "#e8e6e1", secondary: "#b9b5ac" },
        border: { dark: "#4a4943", light: "#34332f" },
        gray: { 50: "#262521", 100: "#2e2d29" },
        success: { main: "#7cc39a" },
        error: { main: "#f0907f" },
        responses: {
          success: { color: "#7cc39a", backgroundColor: "#22302a", tabTextColor: "#7cc39a" },
          error: { color: "#f0907f", backgroundColor: "#38241f", tabTextColor: "#f0907f" },
        },
      }
    : { primary: { main: "#1f6b43" } };
  const fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
  const theme = {
    colors,
    typography: {
      fontFamily: fonts,
      headings: { fontFamily: fonts },
      code: isDark ? { color: "#f0b48a", backgroundColor: "#262521" } : { color: "#a03a13" },
    },
    schema: isDark
      ? { nestedBackground: "#242320", linesColor: "#6d6a62", typeNameColor: "#b9b5ac", requireLabelColor: "#f0907f" }
      : {},
    sidebar: isDark ? { backgroundColor: "#1f1e1b", textColor: "#e8e6e1" } : { backgroundColor: "#f6f4ef" },
    rightPanel: { backgroundColor: "#24282b" },
  };
  const options = { theme, hideDownloadButton: false, requiredPropsFirst: true, nativeScrollbars: true };
  const place = document.getElementById("docs");
  Redoc.init(place.dataset.document, options, place);
})();
