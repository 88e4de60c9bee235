// A manager announces to all the partners of her MDS, confirms the number, and reads who was informed: with scripts and without.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, signIn } from "./support/browser.mjs";
import { startDemo } from "./support/demo.mjs";
import { raw, words } from "./support/mails.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

// The words of the mails that hold some.
async function mails(demo, holds) {
  return (await raw(demo)).map(words).filter((one) => one.includes(holds));
}

for (const script of [true, false]) {
  const how = script ? "with scripts" : "without scripts";

  test(`a manager announces to all the partners of one MDS, and reads who was informed, ${how}`, { timeout: 300_000 }, async () => {
    const demo = await startDemo({});
    const context = await open(browser, demo.url, { script });
    const page = await context.newPage();
    const press = (name) => page.getByRole("button", { name }).first().click();
    const follow = (name) => page.getByRole("link", { name, exact: true }).first().click();
    const said = (text) => page.getByText(text).first().waitFor();
    try {
      await signIn(page, "manager");
      await page.goto("/mon-espace");
      await follow("Annonces");
      await follow("Nouvelle annonce");
      await page.getByLabel("Nouvelle offre").check();
      await page.locator('main [name="title"]').fill(`Atelier couture ${how}`);
      await press("Commencer");
      // Her own MDS and its partners are chosen already.
      await said("Le brouillon est enregistré");
      assert.equal(await page.getByLabel("Les partenaires", { exact: true }).isChecked(), true);
      assert.ok((await page.locator('main [name="territories"]:checked').count()) > 0);
      await page.locator('main [name="text"]').fill(`Un atelier s’ouvre ${how}.\n\nLe mardi, à la MDS.`);
      await press("Enregistrer");
      await said("Qui la recevrait aujourd’hui");
      await follow("Voir la liste");
      assert.ok((await page.locator("table tbody tr").count()) > 1);
      await follow("Revenir à l’annonce");
      await press("M’envoyer un essai");
      await said("L’essai part à votre adresse");
      await follow("Envoyer…");
      const lead = await page.locator("#recipients .lead strong").innerText();
      const number = Number(lead.replace(/\D/g, ""));
      assert.ok(number > 1, lead);
      // The button repeats the number.
      await press(new RegExp(`Confirmer l’envoi à ${number}\\s`));
      await said("C’est confirmé");
      const url = page.url();
      let sent = [];
      for (let tries = 0; tries < 100 && sent.length < number + 1; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        sent = await mails(demo, `Un atelier s’ouvre ${how}.`);
      }
      assert.equal(sent.length, number + 1, "one a recipient, and the trial");
      assert.equal(new Set(sent.map((words) => words.match(/^To: (.*)$/m)[1])).size, number + 1, "an address once");
      assert.ok(sent.every((words) => words.includes("List-Unsubscribe-Post")));
      await page.goto(url);
      const informed = page.locator('section[aria-labelledby="informed-title"]');
      await informed.waitFor();
      assert.ok((await informed.locator("tbody tr").count()) > 1);
      assert.match(await informed.locator("tbody tr td").first().innerText(), /^3/);
      // A partner reads it by the link of their mail, without an account.
      const link = sent.find((words) => !words.includes("[Essai]")).match(/\/lien\/annonces\/[\w-]{43}/)[0];
      const partner = await open(browser, demo.url, { script });
      const theirs = await partner.newPage();
      await theirs.goto(link);
      await theirs.getByText("Le mardi, à la MDS.").first().waitFor();
      await theirs.goto("/lettres");
      await theirs.getByRole("link", { name: /^La lettre/ }).first().click();
      await theirs.getByRole("heading", { level: 1, name: /^La lettre/ }).waitFor();
      await partner.close();
    } finally {
      await context.close();
      await demo.stop();
    }
  });
}
