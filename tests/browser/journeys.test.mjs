// What people come for, done in a browser, with scripts and without.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, signIn, signOut } from "./support/browser.mjs";
import { startDemo } from "./support/demo.mjs";

let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const go = async (page, value) => {
  await page.locator(`main form[data-guard] button[name="do"][value="${value}"]:not([tabindex])`).click();
  await page.waitForLoadState();
};

// A choice may be folded in a group: opened as a person would.
const choose = async (page, name) => {
  const box = page.locator(`input[type="checkbox"][name="${name}"]`).first();
  const group = page.locator("details.group").filter({ has: box });
  if ((await group.count()) > 0 && !(await group.first().evaluate((element) => element.open).catch(() => false))) {
    await group.first().locator("summary").click();
  }
  await box.check();
};

async function present(page, title) {
  await page.goto("/actions/nouvelle");
  await page.locator('main [name="title"]').fill(title);
  await page.locator('main form[action="/actions/nouvelle"] button[type="submit"]').click();
  await page.locator('[name="summary"]').fill("Six matinées pour réparer soi-même son vélo et reprendre confiance dans ses déplacements.");
  if ((await page.locator('input[name="territories"]:checked').count()) === 0) await choose(page, "territories");
  await go(page, "next");
  await page.locator('[name="needs"]').fill("Sans voiture, beaucoup renoncent à un rendez-vous.");
  await choose(page, "audiences");
  await choose(page, "themes");
  await go(page, "next");
  await go(page, "next");
  await page.locator('[name="rhythm"]').fill("Le premier samedi du mois");
  await go(page, "next");
  await page.locator('[name="contact.email"]').fill("velo@vienne.example");
  await go(page, "next");
  await go(page, "done");
  return new URL(page.url()).pathname;
}

// Searches until it is found: publishing and finding are a second apart at most.
async function find(page, words, title) {
  for (let tries = 0; tries < 20; tries++) {
    await page.goto(`/recherche?q=${encodeURIComponent(words)}`);
    const result = page.locator("main").getByRole("link", { name: title });
    if ((await result.count()) > 0) return result.first();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`« ${title} » is not found by « ${words} »`);
}

for (const script of [true, false]) {
  const how = script ? "with scripts" : "without scripts";
  const title = script ? "Bricole ton vélocipède" : "Bichonne ta bicyclette";
  const misspelt = script ? "velocipéde" : "bycyclette";

  test(`an action is presented, published and found by a misspelt word, ${how}`, { timeout: 120_000 }, async () => {
    const context = await open(browser, demo.url, { script });
    const page = await context.newPage();
    await signIn(page, "worker");
    const path = await present(page, title);
    const submit = page.locator('main form[action$="/soumettre"] button').first();
    await submit.click();
    await page.getByText("proposée à la validation").first().waitFor();
    await context.clearCookies();

    await signIn(page, "manager");
    await page.goto("/mon-espace");
    await page.getByRole("link", { name: title }).first().click();
    await page.locator('main form[action$="/publier"] button').first().click();
    await page.getByText("L’action est publiée").first().waitFor();
    await context.clearCookies();

    const result = await find(page, misspelt, title);
    await result.click();
    assert.equal(new URL(page.url()).pathname, path);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await context.close();
  });

  test(`a spreadsheet is seen, corrected, imported, undone and imported again, ${how}`, { timeout: 120_000 }, async () => {
    const context = await open(browser, demo.url, { script });
    const page = await context.newPage();
    const press = (name) => page.getByRole("button", { name }).click();
    const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();
    const name = `Ateliers ${how}.csv`;
    const rows = [
      "Intitulé;Présentation;Communes;Début;Budget",
      `Vélo ${how};Deux samedis.;Loudun;3 mars 2026;1 200`,
      `Café ${how};Le jeudi.;Loudun;31/02/2026;`,
      `Marche ${how};Le mardi.;Loudum;03/03/2026;`,
      `Lecture ${how};Le soir.;Loudun;au printemps;`,
    ];
    // As a spreadsheet of an office saves it: Windows-1252.
    const file = { name, mimeType: "text/csv", buffer: Buffer.from(rows.join("\r\n"), "latin1") };
    const give = async () => {
      await page.goto("/actions");
      await page.getByRole("link", { name: "Importer", exact: true }).click();
      await page.locator('main input[name="file"]').setInputFiles(file);
      await press("Continuer");
      await heading("Que contient chaque colonne ?");
      assert.equal(await page.getByLabel("Début").inputValue(), "starts_on");
      assert.equal(await page.getByLabel("Budget").inputValue(), "");
      await press("Vérifier les lignes");
      await heading("3\u00a0lignes sont à corriger");
      await page.getByText("Vouliez-vous dire « Loudun » ?").waitFor();
      await page.getByLabel("Ligne 3, Début").fill("28/02/2026");
      await page.getByLabel("Ligne 4, Communes").fill("Loudun");
      await page.getByLabel("Ligne 5, Début").fill("4 avril 2026");
      await press("Vérifier de nouveau");
      await heading("Tout est prêt");
      await press(/^Importer 4/);
      await heading("L’import est fait");
    };
    const mine = async () => {
      await page.goto("/mon-espace");
      return page.locator("main").getByRole("link", { name: `Marche ${how}` }).count();
    };
    await signIn(page, "worker");
    await give();
    assert.equal(await mine(), 1);
    await page.goto("/import");
    await page.getByRole("link", { name }).click();
    await press("Annuler cet import");
    await heading("L’import est annulé");
    assert.equal(await mine(), 0);
    await give();
    assert.equal(await mine(), 1);
    await context.close();
  });

  test(`a wrong password is said beside its field, and the way out works, ${how}`, { timeout: 60_000 }, async () => {
    const context = await open(browser, demo.url, { script });
    const page = await context.newPage();
    await page.goto("/connexion");
    await page.locator('main [name="email"]').fill("agent@vienne.example");
    await page.locator('main [name="password"]').fill("pas le bon mot");
    await page.locator('main form[action="/connexion"] button[type="submit"]').click();
    await page.getByText("Adresse ou mot de passe incorrect").first().waitFor();
    assert.equal(await page.locator('main [name="email"]').inputValue(), "agent@vienne.example");
    await signIn(page, "worker");
    await signOut(page);
    await page.getByRole("link", { name: "Se connecter" }).first().waitFor();
    await context.close();
  });
}

test("results follow what is typed, the address follows them, and the back button works", { timeout: 60_000 }, async () => {
  const context = await open(browser, demo.url);
  const page = await context.newPage();
  await page.goto("/recherche");
  const count = page.locator("[data-count]");
  const before = await count.textContent();
  await page.locator('main input[name="q"]').pressSequentially("surendetement", { delay: 30 });
  await page.waitForURL(/q=surendetement/);
  await page.waitForFunction((before) => document.querySelector("[data-count]").textContent !== before, before);
  await page.locator('main [data-results="list"] a').first().click();
  await page.waitForURL((url) => url.pathname !== "/recherche");
  await page.goBack();
  await page.waitForURL(/q=surendetement/);
  assert.equal(await page.locator('main input[name="q"]').inputValue(), "surendetement");
  await context.close();
});
