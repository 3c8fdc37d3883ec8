"use strict";
(() => {
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const found = document.getElementById("found");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const checks = [...document.querySelectorAll(".check")];
  const requirements = [...document.querySelectorAll(".requirement")];
  const text = new Map();
  const says = (node) => {
    if (!text.has(node)) {
      const visible = node.matches(".check")
        ? node.querySelector("summary").textContent + " " +
          [...node.querySelectorAll(".cites, .variant > summary")].map((n) => n.textContent).join(" ")
        : node.textContent;
      text.set(node, (node.dataset.id + " " + visible).toLowerCase().replace(/\s+/g, " "));
    }
    return text.get(node);
  };
  const hideEmpty = (parents, children) => {
    for (const parent of document.querySelectorAll(parents)) {
      parent.hidden = !parent.querySelector(children + ":not([hidden])");
    }
  };
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = boxes.filter((box) => box.checked).map((box) => box.value);
    const active = wanted.length > 0 || verdicts.length > 0;
    const fits = (node) => wanted.every((word) => says(node).includes(word));
    const hasVerdict = (node) =>
      !verdicts.length || verdicts.some((v) => (" " + node.dataset.verdicts + " ").includes(" " + v + " "));
    for (const check of checks) {
      check.hidden = active && !(fits(check) && hasVerdict(check));
      for (const variant of check.querySelectorAll(".variant")) variant.hidden = !hasVerdict(variant);
    }
    for (const requirement of requirements) requirement.hidden = wanted.length > 0 && !fits(requirement);
    hideEmpty(".subject", ".check");
    hideEmpty(".section", ".requirement");
    hideEmpty(".document", ".requirement");
    const left = (nodes) => nodes.filter((node) => !node.hidden).length;
    found.textContent = active
      ? left(checks) + " of " + checks.length + " checks, " +
        left(requirements) + " of " + requirements.length + " requirements"
      : "";
  };
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let opened = false;
    for (let node = target.parentElement; node; node = node.parentElement) {
      if (node.hidden) { form.reset(); filter(); }
      if (node instanceof HTMLDetailsElement && !node.open) { node.open = true; opened = true; }
    }
    if (opened) target.scrollIntoView();
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  reveal();
})();
