// A manager's first day with the register of conventions: what was signed is entered, prolonged, read as it stood, and reminded of; signed
// PDFs become conventions. With scripts, without, on a narrow screen and by keyboard.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, signIn } from "./support/browser.mjs";
import { overflow, violations } from "./support/checks.mjs";
import { startDemo } from "./support/demo.mjs";
import { pdf } from "./support/pdf.mjs";

const today = "2026-03-03";
const tomorrow = "2026-03-04";
const signedOn = "01/02/2026";
const firstTerm = { typed: "08/03/2026", said: "8 mars 2026" };
const newTerm = { typed: "28/03/2026", said: "28 mars 2026" };

let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo({ today }), launch()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const press = (page, name) => page.locator("main").getByRole("button", { name, exact: true }).click();
// As a page says it, whatever the spaces that hold a day together.
const told = (text) => new RegExp(text.replaceAll(" ", "\\s"));
const says = (page, text) => page.locator("main").getByText(told(text)).first().waitFor();

async function sound(page) {
  assert.deepEqual(await overflow(page), []);
  if (await page.evaluate(() => document.documentElement.classList.contains("has-js"))) assert.deepEqual(await violations(page), []);
}

const ways = [
  { how: "with scripts", script: true, width: 1280 },
  { how: "without scripts, on a narrow screen", script: false, width: 360 },
];

for (const { how, script, width } of ways) {
  const object = `Prêt de la salle des fêtes, ${how}`;
  const manager = async () => {
    const context = await open(browser, demo.url, { script, width });
    const page = await context.newPage();
    await signIn(page, "manager");
    return { context, page };
  };

  test(`a signed convention is entered, prolonged and read as it stood, ${how}`, { timeout: 120_000 }, async () => {
    const { context, page } = await manager();
    await page.goto("/conventions");
    await page.getByRole("link", { name: "Enregistrer une convention déjà signée" }).click();
    await sound(page);
    await page.getByLabel("Objet", { exact: true }).fill(object);
    const department = page.getByRole("group", { name: "Partie 1" });
    await department.getByLabel("Signataire").fill("Camille Roux");
    const partner = page.getByRole("group", { name: "Partie 2" });
    await partner.getByLabel("Signataire").fill("Dominique Roy");
    await page.locator("main").getByLabel("Signée le", { exact: false }).last().fill(signedOn);
    await page.getByLabel("Terme", { exact: false }).fill(firstTerm.typed);
    assert.equal(await page.getByLabel("Premier jour", { exact: false }).isVisible(), false, "it begins when it was signed");
    await press(page, "Enregistrer comme signée");

    // A party without its partner is said at its row; what was typed is there.
    const chosen = page.getByRole("group", { name: "Partie 2" });
    await chosen.getByText("Choisissez le partenaire").waitFor();
    await page.locator("[data-error-summary]").getByRole("link", { name: /Choisissez le partenaire/ }).click();
    assert.equal(await chosen.getByLabel("Partenaire").evaluate((select) => select === document.activeElement || !!select.closest(":target, .field--error")), true);
    await sound(page);
    await chosen.getByLabel("Partenaire").selectOption({ index: 1 });
    assert.equal(await chosen.getByLabel("Signataire").inputValue(), "Dominique Roy");
    await press(page, "Enregistrer comme signée");
    await page.getByRole("heading", { level: 1, name: object }).waitFor();
    await says(page, `Elle prend fin le ${firstTerm.said}`);
    await sound(page);
    const convention = new URL(page.url()).pathname;

    // The avenant, by keyboard alone.
    await page.getByRole("link", { name: "Ajouter un avenant" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Ajouter un avenant" }).waitFor();
    await page.getByLabel("Objet de l’avenant", { exact: false }).focus();
    await page.keyboard.type("Prolonger, le temps du bilan");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const term = page.getByLabel("Terme", { exact: false }).last();
    assert.equal(await term.evaluate((input) => input === document.activeElement), true, "what it changes most often comes first");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(newTerm.typed);
    await page.getByLabel("Signé le", { exact: false }).focus();
    await page.keyboard.type("03/03/2026");
    await sound(page);
    await page.getByRole("button", { name: "Enregistrer l’avenant signé" }).last().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: object }).waitFor();
    await says(page, `Elle prend fin le ${newTerm.said}`);
    await says(page, "Prolonger, le temps du bilan");

    // As it stood the day before, and as it stands.
    await page.getByText("Voir la convention à une autre date").click();
    await page.getByLabel("Telle qu’elle était ou sera le").fill("2026-03-02");
    await press(page, "Lire");
    await says(page, `Vous lisez la convention telle qu’elle était le`);
    await page.getByText(told(firstTerm.said)).first().waitFor();
    assert.equal(await page.locator("main .summary").getByText(told(newTerm.said)).count(), 0);
    await sound(page);
    await page.getByText("Voir la convention à une autre date").click();
    await page.getByLabel("Comparer le").fill("2026-03-02");
    await page.getByLabel("avec le").fill(today);
    await press(page, "Comparer");
    await page.locator("main del").getByText(told(firstTerm.said)).first().waitFor();
    await page.locator("main ins").getByText(told(newTerm.said)).first().waitFor();
    await sound(page);
    await page.getByRole("link", { name: "La convention" }).last().click();
    assert.equal(new URL(page.url()).pathname.split("/")[2], convention.split("/")[2]);
    await context.close();
  });

  test(`three signed PDFs are dropped and completed, ${how}`, { timeout: 120_000 }, async () => {
    const { context, page } = await manager();
    const titles = ["des jeunes", "de parents", "de voisins"].map((whom) => `Convention relative à l’accueil ${whom}, ${how}`);
    const files = titles.map((title, index) => ({
      name: `convention-${index + 1}.pdf`,
      mimeType: "application/pdf",
      buffer: pdf([title, "entre le Département de la Vienne", "et un organisme,", "Elle prend effet le 1er janvier 2025 et prend fin le 31 décembre 2099.", "Fait à Poitiers, le 18 décembre 2024."]),
    }));
    await page.goto("/conventions");
    await page.getByRole("link", { name: "Déposer des PDF signés" }).click();
    await page.getByLabel("Vos fichiers").setInputFiles(files);
    await press(page, "Déposer");
    await page.getByRole("heading", { level: 1, name: "3\u00a0conventions sont créées" }).waitFor();
    await sound(page);
    const links = await page.getByRole("link", { name: /^Relire et compléter/ }).evaluateAll((links) => links.map((link) => link.href));
    assert.equal(links.length, 3);
    for (const link of links) {
      await page.goto(link);
      assert.equal(await page.getByLabel("Terme", { exact: false }).inputValue(), "31/12/2099");
      await page.getByRole("group", { name: "Partie 2" }).getByLabel("Partenaire").selectOption({ index: 1 });
      await press(page, "Enregistrer");
      await page.getByRole("link", { name: "Enregistrer comme signée" }).click();
      assert.equal(await page.getByLabel("Signée le", { exact: false }).inputValue(), "18/12/2024");
      await sound(page);
      await press(page, "Enregistrer comme signée");
      await page.locator(".page-head").getByText(told("31 décembre 2099")).waitFor();
    }
    await context.close();
  });
}

test("the reminder of the new term is in the mails", { timeout: 120_000 }, async () => {
  await demo.wakeUp(tomorrow);
  const context = await open(browser, demo.url);
  const page = await context.newPage();
  await signIn(page, "administrator");
  const reminders = page.locator("main .mails").getByRole("link");
  for (let tries = 0; tries < 50; tries++) {
    await page.goto("/admin/courrier?destinataire=responsable@vienne.example&message=convention_reminder");
    if ((await reminders.count()) > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await reminders.first().click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await sound(page);
  const mail = await (await context.request.get(`${new URL(page.url()).pathname}/html`)).text();
  const words = mail.replaceAll(/&nbsp;|\u00a0/g, " ");
  for (const { how } of ways) assert.ok(words.includes(`Prêt de la salle des fêtes, ${how}`), `no reminder of the one entered ${how}`);
  assert.ok(words.includes(`Elle prend fin le ${newTerm.said}`), "the term of the reminder is the new one");
  assert.ok(!words.includes(`Elle prend fin le ${firstTerm.said}`), "the first term is nobody's any more");
  await context.close();
});
