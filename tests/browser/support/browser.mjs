// Chromium without a screen, and what people do in it.

import { chromium } from "playwright-core";
import { password, roles } from "./demo.mjs";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: flags });
}

// A browser of somebody's own, who may have no script, a narrow screen, a dark room.
export async function open(browser, url, { script = true, width = 1280, height = 900, dark = false } = {}) {
  const context = await browser.newContext({
    baseURL: url,
    javaScriptEnabled: script,
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    locale: "fr-FR",
    timezoneId: "Europe/Paris",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(15_000);
  return context;
}

export async function signIn(page, role) {
  const email = roles[role] ?? role;
  await page.goto("/connexion");
  await page.locator('main [name="email"]').fill(email);
  await page.locator('main [name="password"]').fill(password);
  await page.locator('main form[action="/connexion"] button[type="submit"]').click();
  await page.waitForURL((url) => url.pathname !== "/connexion");
}

export async function signOut(page) {
  const menu = page.locator("details.menu");
  if (!(await menu.evaluate((element) => element.open).catch(() => true))) await menu.locator("summary").click();
  await page.locator('form[action="/deconnexion"] button').click();
}
