// Following as a new partner lives it: without an account, from a search to a mail, until it stops; then with one, from a page's button to the bell.

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

const ADDRESS = "accueil@point-conseil.example";

for (const script of [true, false]) {
  const how = script ? "with scripts" : "without scripts";

  test(`a search is followed without an account, then a page with one, ${how}`, { timeout: 300_000 }, async () => {
    const demo = await startDemo({ today: "2026-03-10" });
    const visitor = await open(browser, demo.url, { script });
    const page = await visitor.newPage();
    const look = async (page) => {
      if (!script) return;
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 360, height: 800 });
      assert.deepEqual(await overflow(page), []);
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    try {
      // Something is found, and followed.
      await page.goto("/actions");
      await page.getByRole("link", { name: "Suivre cette recherche par e-mail" }).click();
      await page.getByRole("heading", { level: 1, name: "Actions collectives" }).or(page.getByRole("heading", { level: 1, name: "Tout le registre" })).waitFor();
      await look(page);
      await page.getByRole("button", { name: "Suivre", exact: true }).click();
      await page.getByText("Donnez une adresse e-mail complète").first().waitFor();
      await page.getByLabel("Votre adresse e-mail").fill(ADDRESS);
      await page.getByLabel("Tout de suite").check();
      await page.getByRole("button", { name: "Suivre", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "Confirmez votre adresse" }).waitFor();
      await look(page);

      // The link of the mail confirms, once its button is pressed.
      const asked = await mail(demo, ADDRESS, "Confirmez votre abonnement");
      await page.goto(asked.match(/http:\/\/[^\s"<]+\/lien\/abonnements\/[\w-]+/)[0]);
      await page.getByRole("heading", { name: "À confirmer" }).waitFor();
      await look(page);
      await page.getByRole("button", { name: "Confirmer mon adresse" }).click();
      await page.getByText("Votre adresse est confirmée.").waitFor();
      await look(page);

      // A manager publishes what waited.
      const office = await open(browser, demo.url, { script });
      const desk = await office.newPage();
      await signIn(desk, "manager");
      await desk.goto("/mon-espace");
      const waiting = desk.locator("section", { has: desk.getByRole("heading", { name: /^À valider/ }) }).locator(".tasks a").first();
      const title = (await waiting.textContent()).trim();
      await waiting.click();
      await desk.getByRole("heading", { level: 1, name: title }).waitFor();
      await desk.getByRole("button", { name: "Publier", exact: true }).click();
      await desk.getByText("L’action est publiée.").waitFor();
      const action = new URL(desk.url()).pathname;

      // It arrives, and one click stops what follows.
      const told = await mail(demo, ADDRESS, title);
      assert.match(told, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/);
      await page.goto(told.match(/http:\/\/[^\s"<]+\/desinscription\/[\w-]+/)[0]);
      await page.getByRole("button", { name: "Ne plus recevoir ces messages" }).click();
      await page.getByRole("heading", { level: 1, name: "C’est fait" }).waitFor();
      await look(page);

      // With an account: the button of a page, then what changes there rings the bell.
      const home = await open(browser, demo.url, { script });
      const agent = await home.newPage();
      await signIn(agent, "worker");
      await agent.goto(action);
      await agent.getByRole("button", { name: "Suivre", exact: true }).click();
      await agent.getByRole("link", { name: "Vous suivez" }).waitFor();
      await look(agent);
      await desk.goto(action);
      await desk.getByRole("link", { name: "Modifier", exact: true }).click();
      await desk.locator("main [name=summary]").fill("Quatre rendez-vous, ouverts à tous.");
      await desk.getByRole("button", { name: "Enregistrer", exact: true }).click();
      await desk.getByText("C’est enregistré").first().waitFor();
      await agent.goto("/notifications");
      for (let tries = 0; tries < 40 && !(await agent.getByText("Action modifiée").first().isVisible()); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        await agent.reload();
      }
      const line = agent.locator(".tasks__item").filter({ hasText: title }).filter({ hasText: "Action modifiée" }).first();
      await line.waitFor();
      await look(agent);
      assert.equal(await line.getByRole("button", { name: /^Vu/ }).count(), 1);
      await line.getByRole("link").click();
      await agent.getByRole("heading", { level: 1, name: title }).waitFor();
      // Opening the page is reading what was told of it.
      await agent.goto("/notifications");
      await line.waitFor();
      assert.equal(await line.getByRole("button", { name: /^Vu/ }).count(), 0);
      await agent.goto("/abonnements");
      await look(agent);
      const followed = agent.locator(".followed").filter({ hasText: title });
      await followed.locator("select").selectOption({ label: "Chaque lundi" });
      await followed.getByRole("button", { name: /^Changer/ }).click();
      await agent.getByText("La fréquence est changée.").waitFor();
      await followed.getByRole("button", { name: /^Arrêter/ }).click();
      await agent.getByText("vous ne suivez plus cette page").waitFor();
      await office.close();
      await home.close();
    } finally {
      await visitor.close();
      await demo.stop();
    }
  });
}
