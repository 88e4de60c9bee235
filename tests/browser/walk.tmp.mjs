import { launch, open, signIn } from "./support/browser.mjs";
import { startDemo } from "./support/demo.mjs";
import { overflow, violations } from "./support/checks.mjs";
const [demo, browser] = await Promise.all([startDemo(), launch()]);
const file = "/tmp/h6/Actions MDS Loudun 2026.csv";
try {
  for (const [width, script] of [[1280, true], [360, true], [1280, false]]) {
    const tag = `${width}${script ? "" : "-nojs"}`;
    const context = await open(browser, demo.url, { width, height: width === 360 ? 780 : 900, script });
    const page = await context.newPage();
    const shot = async (name) => {
      await page.waitForLoadState();
      await page.screenshot({ path: `/tmp/h6/shots/${name}-${tag}.png`, fullPage: true });
      if (script) for (const text of [...(await overflow(page)), ...(await violations(page))]) console.log(name, tag, text);
      console.log(name, tag, await page.locator("h1").textContent());
    };
    await signIn(page, process.env.ROLE || "administrator");
    await page.goto("/actions"); await shot("actions");
    await page.goto("/territoires"); await shot("territoires");
    await page.goto("/import"); await shot("import");
    await page.locator('main button[type="submit"]').first().click(); await shot("import-error");
    for (const d of await page.locator("details.import-help summary").all()) await d.click(); await shot("import-help");
    await page.goto("/import?quoi=actions");
    await page.setInputFiles('input[name="file"]', file);
    await page.getByRole("button", { name: "Continuer" }).click(); await page.waitForURL(/\/import\/.+/); await shot("columns");
    await page.getByRole("button", { name: "Vérifier les lignes" }).click(); await page.getByText("Rien n’est écrit").first().waitFor(); await shot("check");
    await page.getByLabel(/Ligne 3, Date/).fill("28/02/2026").catch(async () => console.log(await page.content()));
    await page.getByLabel(/Ligne 4, Terr/).fill("Loudun");
    await page.getByLabel(/Ligne 5, Date/).fill("un jour");
    await page.getByRole("button", { name: "Vérifier de nouveau" }).click(); await page.waitForLoadState(); await shot("check2");
    await page.getByLabel(/Ligne 5, Date/).fill("4 avril 2026");
    await page.getByLabel(/Ligne 6, Date/).fill("6 juin 2026");
    await page.getByRole("button", { name: "Vérifier de nouveau" }).click(); await page.getByText("Tout est prêt").first().waitFor(); await shot("ready");
    await page.getByRole("button", { name: /^Importer / }).click(); await page.getByText("L’import est fait").first().waitFor(); await shot("done");
    await page.goto("/import"); await shot("import-list");
    await page.locator("main table a").first().click(); await page.waitForURL(/import\/.+/);
    await page.getByRole("button", { name: "Annuler cet import" }).click(); await page.getByText("L’import est annulé").first().waitFor(); await shot("undone");
    await page.goto("/recherche?q=budget"); await shot("recherche");
    await context.close();
  }
} finally { await browser.close(); await demo.stop(); }
