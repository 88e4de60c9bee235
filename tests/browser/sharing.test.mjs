// The MDS brought together, as an agent lives it: the letter of Monday, its page, a question to a colleague of another MDS, help on a draft.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, signIn } from "./support/browser.mjs";
import { overflow, violations } from "./support/checks.mjs";
import { startDemo } from "./support/demo.mjs";
import { mail } from "./support/mails.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

for (const script of [true, false]) {
  const how = script ? "with scripts" : "without scripts";

  test(`the letter is read, a colleague is asked, a draft is helped, ${how}`, { timeout: 300_000 }, async () => {
    // A Monday at noon.
    const demo = await startDemo({ today: "2026-03-09" });
    const context = await open(browser, demo.url, { script });
    const page = await context.newPage();
    const press = (name) => page.getByRole("button", { name, exact: true }).first().click();
    // No fault for whoever does not see it, and no overflow on a phone.
    const look = async () => {
      if (!script) return;
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 360, height: 800 });
      assert.deepEqual(await overflow(page), []);
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    try {
      const letter = await mail(demo, "agent@vienne.example", "Voici ce que font les autres MDS");
      assert.match(letter, /du 2\u00a0mars\u00a02026 au 8\u00a0mars\u00a02026/);
      assert.match(letter, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/);
      const link = letter.match(/http:\/\/[^\s"<]+\/dans-les-autres-mds/)[0];
      await signIn(page, "worker");
      await page.goto(link);
      await page.getByRole("heading", { name: /^Semaine du lundi 2.mars.2026/ }).waitFor();
      await look();
      // What the letter says first is on the page, and of another MDS than one's own.
      const title = letter.match(/^- (.+)$/m)[1];
      await page.getByRole("link", { name: title, exact: true }).first().click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();

      // Who knows how, by a theme, then a question.
      await page.goto("/qui-sait-faire");
      await page.locator("main select[name=theme]").selectOption({ label: "Améliorer sa gestion budgétaire" });
      await press("Chercher");
      const colleague = page.locator("article.result").filter({ hasNotText: "MDS de Poitiers" }).first();
      const name = (await colleague.getByRole("heading").textContent()).trim();
      await look();
      await colleague.getByRole("link", { name: /Lui demander/ }).click();
      await page.getByRole("heading", { level: 1, name: `Demander à ${name}` }).waitFor();
      await press("Envoyer la question");
      await page.getByText("Écrivez votre question.").first().waitFor();
      await page.locator("main [name=question]").fill("Comment avez-vous fait venir les jeunes couples\u00a0?");
      await press("Envoyer la question");
      await page.getByText("Votre question est partie par e-mail.").waitFor();

      // Help on a draft.
      await page.goto("/mon-espace");
      await page.getByRole("link", { name: "Présenter une action" }).first().click();
      await page.locator("main [name=title]").fill(`Un budget à deux, ${how}`);
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForURL(/\/actions\/[0-9A-Z]{26}\//);
      const id = page.url().match(/\/actions\/([0-9A-Z]{26})/)[1];
      await page.goto(`/actions/${id}`);
      await page.getByRole("link", { name: "Demander un appui" }).click();
      await page.getByText("(groupe d’appui)").first().waitFor();
      await look();
      await page.locator("main [name=question]").fill("Comment parler d’argent à deux sans juger\u00a0?");
      await press("Demander un appui");
      await page.getByText("Votre demande est partie.").waitFor();
      const request = new URL(page.url()).pathname;

      const other = await open(browser, demo.url, { script });
      const theirs = await other.newPage();
      await signIn(theirs, "veronique.lasnierre@vienne.example");
      const asked = await mail(demo, "veronique.lasnierre@vienne.example", "sans juger");
      assert.ok(asked.includes(request));
      await theirs.goto("/mon-espace");
      await theirs.getByRole("link", { name: `Un budget à deux, ${how}` }).click();
      await theirs.getByRole("heading", { level: 1, name: `Un budget à deux, ${how}` }).waitFor();
      assert.equal((await theirs.goto(`/actions/${id}`)).status(), 404);
      await theirs.goto(request);
      await theirs.locator("main [name=text]").fill("Commencez par ce qui leur fait plaisir.");
      await theirs.getByRole("button", { name: "Envoyer la réponse" }).click();
      await theirs.getByText("Votre réponse est enregistrée").waitFor();
      await other.close();

      const answered = await mail(demo, "agent@vienne.example", "ce qui leur fait plaisir");
      assert.ok(answered.includes(request));
      await page.goto(`/actions/${id}`);
      await page.getByText("Commencez par ce qui leur fait plaisir.").first().waitFor();
      await look();
      await page.goto(request);
      await press("Clore la demande");
      await page.getByText("La demande est close.").waitFor();
    } finally {
      await context.close();
      await demo.stop();
    }
  });
}
