"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";

  // One of several charts, tables or samples is shown: data-pick="dose" data-value="1" shows what has data-dose="1".
  const pick = (button) => {
    const { pick: kind, value } = button.dataset;
    all(`[data-pick="${kind}"]`).forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    all(`.choice[data-${kind}]`).forEach((each) => {
      each.hidden = each.closest("[data-real]") === null && each.dataset[kind] !== value;
    });
    if (kind === "reference") all("[data-panel]").forEach((panel) => {
      panel.hidden = [...panel.querySelectorAll(".choice")].every((each) => each.hidden);
    });
  };
  all("[data-pick]").forEach((button) => {
    button.addEventListener("click", () => pick(button));
    if (pressed(button)) pick(button);
  });

  const arms = all("[data-arm]");
  const show = () => {
    const shown = new Set(arms.filter(pressed).map((button) => button.dataset.arm));
    all("#generations [data-series]").forEach((series) => {
      series.style.display = shown.has(series.dataset.series) ? "" : "none";
    });
  };
  const toggle = (button, on) => button.setAttribute("aria-pressed", String(on));
  arms.forEach((button) => {
    button.addEventListener("click", () => { toggle(button, !pressed(button)); show(); });
    button.addEventListener("dblclick", () => {
      const shown = arms.filter(pressed);
      const alone = shown.length === 1 && shown[0] === button;
      arms.forEach((other) => toggle(other, alone || other === button));
      show();
    });
  });

  // The words of the point that is nearest to the pointer, within so many pixels.
  const REACH = 24;
  const tip = document.getElementById("tip");
  const nearest = (chart, x, y) => {
    let found = null;
    let least = REACH;
    chart.querySelectorAll(".dots").forEach((dots) => [...dots.children].forEach((dot, place) => {
      const box = dot.getBoundingClientRect();
      const away = Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
      if (box.width && away < least) [least, found] = [away, { dots, place, box }];
    }));
    return found;
  };
  const point = (event) => {
    const chart = event.target.closest?.(".drawn");
    const found = chart && nearest(chart, event.clientX, event.clientY);
    tip.hidden = !found;
    if (!found) return;
    const name = found.dots.closest("[data-series]")?.dataset.series;
    const words = found.dots.dataset.tips.split("\n\n")[found.place];
    tip.textContent = name ? `${name}\n${words}` : words;
    const left = Math.min(found.box.right + 10, window.innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, found.box.top - tip.offsetHeight - 6)}px`;
  };
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  window.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  const preference = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = (dark) => root.classList.toggle("dark", dark);
  preference.addEventListener("change", (event) => theme(event.matches));
  document.getElementById("theme").addEventListener("click", () => theme(!root.classList.contains("dark")));
  theme(preference.matches);
})();
