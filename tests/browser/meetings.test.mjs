// A quarterly local committee, from the call to the decision that opens the next one: as a worker does it who has never done it.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open, signIn } from "./support/browser.mjs";
import { startDemo } from "./support/demo.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

// Mails are files: the words of each, and what its calendar says.
async function mails(demo, to) {
  const folder = join(demo.data, "mail");
  const found = [];
  for (const name of (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort()) {
    const raw = (await readFile(join(folder, name), "utf8")).replace(/\r\n/g, "\n");
    if (!raw.includes(`\nTo: ${to}\n`)) continue;
    const words = raw.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    const calendar = raw.match(/method=[A-Z]+\nContent-Transfer-Encoding: base64\n\n([A-Za-z0-9+/=\n]+)/);
    const entry = calendar ? Buffer.from(calendar[1], "base64").toString().replace(/\r\n /g, "") : "";
    found.push(words + entry);
  }
  return found;
}

async function mail(demo, to, holds) {
  for (let tries = 0; tries < 150; tries++) {
    const found = (await mails(demo, to)).find((text) => text.includes(holds));
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`no mail to ${to} holds « ${holds} »: ${(await mails(demo, to)).join("\n")}`);
}

for (const script of [true, false]) {
  const how = script ? "with scripts" : "without scripts";

  test(`a committee is called, answered, moved, held, minuted, approved by silence, found and followed, ${how}`, { timeout: 300_000 }, async () => {
    let demo, context, page;
    // The demonstration stops and goes on on another day; whoever worked signs in again.
    const on = async (today) => {
      await context?.close();
      if (demo) await demo.wakeUp(today);
      else demo = await startDemo({ today });
      context = await open(browser, demo.url, { script });
      page = await context.newPage();
      await signIn(page, "worker");
    };
    const press = (name) => page.getByRole("button", { name, exact: true }).first().click();
    const follow = (name) => page.getByRole("link", { name, exact: true }).first().click();
    const fill = (name, value) => page.locator(`main [name="${name}"]`).first().fill(value);
    const said = (text) => page.getByText(text).first().waitFor();
    try {
      await on("2026-03-03");
      await page.goto("/rencontres/instances");
      // The committee of one's own territory, which alone may be prepared.
      const committees = page.getByRole("link", { name: /^Comité local de suivi/ });
      const hrefs = await committees.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      let body;
      for (const href of hrefs) {
        await page.goto(href);
        if ((await page.getByRole("link", { name: "Préparer une rencontre" }).count()) > 0) {
          body = href;
          break;
        }
      }
      assert.ok(body, "no local committee is the worker's");
      await follow("Préparer une rencontre");
      const title = `Comité du printemps ${how}`;
      await fill("title", title);
      await fill("day", "24/03/2026");
      await fill("start", "9h30");
      await fill("end", "12h");
      await fill("place", "Salle du Conseil, Loudun");
      await fill("agenda.0.title", "Bilan des permanences");
      await page.locator('main form button[type="submit"]:not([tabindex]):not([name])').first().click();
      await said("Elle est en préparation.");
      const meeting = new URL(page.url()).pathname;
      await page.goto(`${meeting.split("/").slice(0, 3).join("/")}/invites`);
      await fill("name", "Hélène Marchadier");
      await page.locator("#email").fill("h.marchadier@asso.example");
      await press("Ajouter cette personne");
      await page.getByText("h.marchadier@asso.example").first().waitFor();
      await page.goto(meeting);
      await follow("Convoquer");
      await press("Envoyer la convocation");
      await said("Elle est convoquée");

      const called = await mail(demo, "h.marchadier@asso.example", "METHOD:REQUEST");
      assert.match(called, /SEQUENCE:0/);
      const link = called.match(/http:\/\/[^\s"<>]+\/lien\/rencontres\/[A-Za-z0-9_-]+/)[0];
      const guest = await (await open(browser, demo.url, { script })).newPage();
      await guest.goto(link);
      await guest.locator('input[name="answer"][value="present"]').check();
      await guest.getByRole("button", { name: "Envoyer ma réponse" }).click();
      await guest.getByText("Votre réponse est enregistrée.").waitFor();
      await guest.context().close();
      await page.goto(meeting);
      await said("une personne vient");

      await follow("Reporter");
      await fill("day", "26/03/2026");
      await fill("reason", "La salle est prise le 24.");
      await press("Prévenir de la nouvelle date");
      await said("26\u00a0mars\u00a02026");
      assert.match(await mail(demo, "h.marchadier@asso.example", "DTSTART;TZID=Europe/Paris:20260326T093000"), /SEQUENCE:1/);

      await on("2026-03-27");
      await page.goto(meeting);
      await press("Elle s’est tenue");
      await page.goto(`${meeting.split("/").slice(0, 3).join("/")}/presence`);
      // By keyboard alone: the group of the last one, one arrow, and Enter.
      const group = page.locator("fieldset.presence").filter({ hasText: "Hélène Marchadier" });
      await group.locator("input:checked").focus();
      const before = await group.locator("input:checked").getAttribute("value");
      await page.keyboard.press("ArrowRight");
      const after = await group.locator("input:checked").getAttribute("value");
      assert.notEqual(after, before);
      const saved = page.waitForEvent("framenavigated");
      await page.keyboard.press("Enter");
      await saved;
      await page.waitForLoadState();
      await page.goto(`${meeting.split("/").slice(0, 3).join("/")}/presence`);
      assert.equal(await page.locator("fieldset.presence").filter({ hasText: "Hélène Marchadier" }).locator("input:checked").getAttribute("value"), after);

      await page.goto(meeting);
      await follow("Rédiger le compte rendu");
      const word = script ? "hippocampe" : "libellule";
      await page.getByLabel("Bilan des permanences").fill(`Les permanences ont doublé ; le projet ${word} commence en mai.`);
      await page.locator('main form button[type="submit"]:not([name])').first().click();
      await page.goto(`/decisions/nouvelle?rencontre=${meeting.split("/")[2]}`);
      const decision = `Ouvrir une permanence de plus ${how}`;
      await fill("text", decision);
      await fill("due_on", "30/06/2026");
      await page.locator('main form button[type="submit"]:not([tabindex])').first().click();
      await said(decision);
      await page.goto(`${meeting.split("/").slice(0, 3).join("/")}/compte-rendu/relire`);
      await page.locator('main form.minutes__answer button[type="submit"]').first().click();
      await page.goto(meeting);
      await said("Son compte rendu est en relecture.");

      await on("2026-04-20");
      // The daily jobs run as the program starts.
      for (let tries = 0; tries < 60; tries++) {
        await page.goto(meeting);
        if ((await page.getByText("Son compte rendu est approuvé.").count()) > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      await said("Son compte rendu est approuvé.");
      await page.goto(`${meeting.split("/").slice(0, 3).join("/")}/compte-rendu`);
      await follow("Publier");
      await press("Publier le compte rendu");
      await said("Le compte rendu est publié.");
      let results = 0;
      for (let tries = 0; tries < 40 && results === 0; tries++) {
        await page.goto(`/recherche?q=${word}`);
        results = await page.locator("main").getByRole("link", { name: title }).count();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.ok(results > 0, "a word of the minutes is found");

      await page.goto(body);
      await follow("Préparer une rencontre");
      await fill("title", `Comité de l’été ${how}`);
      await fill("day", "18/06/2026");
      await fill("start", "9h30");
      await fill("end", "12h");
      await fill("place", "Loudun");
      await page.locator('main form button[type="submit"]:not([tabindex]):not([name])').first().click();
      await said(decision);

      await page.goto(`${body}/dossier`);
      await said(decision);
      await follow("Version à imprimer");
      await said(decision);
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator("nav:visible, form:visible").count(), 0);
    } finally {
      await context?.close();
      await demo?.stop();
    }
  });
}
