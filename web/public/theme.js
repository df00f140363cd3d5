// Runs before the first paint, so that a chosen theme never flashes. src/state/theme.ts goes on from here.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("assay-theme");
  } catch {
    // Storage may be forbidden: the system's theme is shown.
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
})();
