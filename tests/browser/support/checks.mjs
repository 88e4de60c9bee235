// What every page must hold: no accessibility violation, no overflow, HTML kept for the validator.

import axe from "axe-core";

// WCAG 2.2 A and AA, and the practices that axe recommends.
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export async function violations(page, { practices = true } = {}) {
  await page.evaluate(axe.source);
  const options = { runOnly: practices ? [...rules, "best-practice"] : rules, resultTypes: ["violations"] };
  const found = await page.evaluate((options) => window.axe.run(document, options), options);
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.target.join(" ")} ${(node.any[0] || node.all[0] || node.none[0])?.message ?? ""}`),
  );
}

// How far the page goes past the screen, and by what.
export async function overflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => element && element !== document.body && (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
    const beyond = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 1);
    // What stands in a box that scrolls is not at fault, unless it is placed in relation to something outside.
    const wide = beyond.filter((element) => !scrolls(element.parentElement) || getComputedStyle(element).position === "absolute");
    return [`${document.documentElement.scrollWidth} px wide on ${width}: ${wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)).join(" | ")}`];
  });
}

// The page without what makes each of its kind different: two with the same skeleton are checked once.
export async function skeleton(page) {
  return page.evaluate(() => {
    const seen = new Set();
    for (const element of document.querySelectorAll("body *")) {
      const name = (node) => (node && node !== document.body ? `${node.localName}.${node.className?.baseVal ?? node.className}[${node.getAttribute("type") ?? ""}]` : "");
      seen.add(`${name(element.parentElement)}>${name(element)}`);
    }
    return [...seen].sort().join("\n");
  });
}
