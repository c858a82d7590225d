"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const narrow = () => window.innerWidth < 700;

  // Strings that start with "--" are colours of the style sheet.
  const coloured = (value, style) => {
    if (Array.isArray(value)) return value.map((item) => coloured(item, style));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, style)]));
    return typeof value === "string" && value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
  };

  const draw = (element, figure, { height, bar }) => {
    const style = getComputedStyle(root);
    const axis = { gridcolor: "--rule", zerolinecolor: "--rule", linecolor: "--rule", automargin: true };
    const layout = coloured({
      ...figure.layout,
      height,
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.getPropertyValue("--sans"), size: 12, color: "--muted" },
      hoverlabel: { bgcolor: "--card", bordercolor: "--muted", font: { color: "--ink" } },
      xaxis: { ...axis, ...figure.layout.xaxis },
      yaxis: { ...axis, ...figure.layout.yaxis },
    }, style);
    Plotly.react(element, coloured(figure.data, style), layout, {
      responsive: true, displaylogo: false, displayModeBar: bar ? undefined : false,
      modeBarButtonsToRemove: ["lasso2d", "select2d"],
    });
  };

  const pressed = (buttons, chosen) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === chosen)));
  const choice = (selector, act) => {
    const buttons = all(selector);
    buttons.forEach((button) => button.addEventListener("click", () => { pressed(buttons, button); act(); }));
    return () => buttons.find((button) => button.getAttribute("aria-pressed") === "true");
  };

  const drawDose = () => {
    const index = chosenDose()?.dataset.dose;
    const figure = index === undefined ? null : figures.doses[index];
    const chart = document.getElementById("dose");
    chart.hidden = !figure;
    if (figure) draw(chart, figure, { height: narrow() ? 340 : 420, bar: !narrow() });
    all("[data-dose-table]").forEach((table) => { table.hidden = table.dataset.doseTable !== index; });
  };
  const chosenDose = choice("[data-dose]", drawDose);

  const drawForest = () => {
    const index = chosenForest()?.dataset.forest;
    const chart = document.getElementById("forest");
    if (!chart) return;
    const figure = index === undefined ? null : figures.forests[index];
    chart.hidden = !figure;
    if (figure) draw(chart, figure, { height: figure.layout.height, bar: false });
  };
  const chosenForest = choice("[data-forest]", drawForest);
  const drawBenefits = () => all("[data-benefit]").forEach((chart) =>
    draw(chart, figures.benefits[chart.dataset.benefit], { height: narrow() ? 300 : 320, bar: false }));

  const arms = all("[data-arm]");
  const shown = () => new Set(arms.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.arm));
  const drawMetrics = () => {
    const reference = chosenReference()?.dataset.reference ?? Object.keys(figures.metrics)[0];
    const visible = shown();
    all("[data-panel]").forEach((panel) => {
      const figure = figures.metrics[reference]?.[panel.dataset.panel];
      panel.hidden = !figure;
      if (!figure) return;
      const data = figure.data.map((trace) => ({ ...trace, visible: visible.has(trace.name) }));
      draw(panel.querySelector(".chart"), { ...figure, data }, { height: 230, bar: false });
    });
  };
  const chosenReference = choice("[data-reference]", drawMetrics);
  const toggle = (button, on) => button.setAttribute("aria-pressed", String(on));
  arms.forEach((button) => {
    button.addEventListener("click", () => {
      toggle(button, button.getAttribute("aria-pressed") !== "true");
      drawMetrics();
    });
    button.addEventListener("dblclick", () => {
      const alone = shown().size === 1 && shown().has(button.dataset.arm);
      arms.forEach((other) => toggle(other, alone || other === button));
      drawMetrics();
    });
  });

  // The key of the arms, drawn with the same dashes and markers as the charts.
  const SHAPES = {
    circle: "M-4,0a4,4 0 1 0 8,0a4,4 0 1 0 -8,0", square: "M-3.5,-3.5h7v7h-7z", diamond: "M0,-5l5,5l-5,5l-5,-5z",
    "triangle-up": "M0,-4.5l4.5,8h-9z", "triangle-down": "M0,4.5l4.5,-8h-9z",
    cross: "M-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z", x: "M-4,-2.5l1.5,-1.5l2.5,2.5l2.5,-2.5l1.5,1.5l-2.5,2.5l2.5,2.5l-1.5,1.5l-2.5,-2.5l-2.5,2.5l-1.5,-1.5l2.5,-2.5z",
    pentagon: "M0,-5l4.8,3.5l-1.8,5.6h-6l-1.8,-5.6z",
  };
  const GAPS = { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3", longdash: "12 4" };
  all("svg[data-colour]").forEach((svg) => {
    const { colour, dash, marker } = svg.dataset;
    svg.innerHTML = `<line x1="0" y1="6" x2="34" y2="6" stroke="${colour}" stroke-width="2" stroke-dasharray="${GAPS[dash]}"/>` +
      `<path transform="translate(17,6)" d="${SHAPES[marker]}" fill="${colour}"/>`;
  });

  const showReplicate = () => {
    const chosen = chosenReplicate()?.dataset.show;
    if (chosen === undefined) return;
    all("#samples [data-replicate]").forEach((sample) => {
      const real = sample.closest("[data-real]") !== null;
      sample.hidden = !real && sample.dataset.replicate !== chosen;
    });
  };
  const chosenReplicate = choice("[data-show]", showReplicate);

  const preference = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = (dark) => {
    root.classList.toggle("dark", dark);
    drawBenefits();
    drawDose();
    drawForest();
    drawMetrics();
  };
  preference.addEventListener("change", (event) => theme(event.matches));
  document.getElementById("theme").addEventListener("click", () => theme(!root.classList.contains("dark")));
  theme(preference.matches);
  showReplicate();
})();
