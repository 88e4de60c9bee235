// A mail comes back because nobody is there any more: an administrator sees what depends on the address, and hands it over.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, signIn } from "./support/browser.mjs";
import { overflow, violations } from "./support/checks.mjs";
import { startDemo } from "./support/demo.mjs";
import { raw } from "./support/mails.mjs";

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

// The mails that call somebody to a meeting, by their headers.
async function called(demo) {
  const header = (text, name) => text.match(new RegExp(`^${name}: (.+)$`, "mi"))?.[1] ?? "";
  const calls = (await raw(demo)).filter((text) => text.includes("text/calendar"));
  return calls.map((text) => ({ to: header(text, "To"), id: header(text, "Message-ID") }));
}

// What a mail server returns of a mail to somebody who is no longer there.
function report({ to, id }) {
  return [
    "From: MAILER-DAEMON@relais.example",
    "To: registre@vienne.example",
    "Message-ID: <retour-2@relais.example>",
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "Desole.",
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; relais.example",
    "",
    `Final-Recipient: rfc822; ${to}`,
    "Action: failed",
    "Status: 5.1.1",
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
    "",
    "--b",
    "Content-Type: text/rfc822-headers",
    "",
    `Message-ID: ${id}`,
    "",
    "--b--",
    "",
  ].join("\r\n");
}

const NEW = "rose-marie@nouvelle-adresse.example";

for (const script of [true, false]) {
  const how = script ? "with scripts" : "without scripts";

  test(`what depends on a dead address is handed over, ${how}`, { timeout: 300_000 }, async () => {
    const demo = await startDemo({ today: "2026-03-10" });
    const office = await open(browser, demo.url, { script });
    const page = await office.newPage();
    const look = async () => {
      if (!script) return;
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 360, height: 800 });
      assert.deepEqual(await overflow(page), []);
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    try {
      await signIn(page, "administrator");
      await page.goto("/admin/adresses");
      const known = await page.locator("main tbody th a").allTextContents();

      // The mail server of the département hands its reports over with a token.
      await page.goto("/compte");
      await page.getByLabel("À quoi servira ce jeton").fill("Retours du serveur de courrier");
      await page.getByRole("button", { name: "Créer un jeton" }).click();
      const token = await page.locator("#secret-title ~ .prose code").first().textContent();
      const gone = (await called(demo)).findLast((mail) => mail.to.endsWith("parents.example") && !known.includes(mail.to));
      assert.ok(gone, "somebody without an account is called to a meeting");
      const headers = { authorization: `Bearer ${token.trim()}`, "content-type": "message/rfc822" };
      const taken = await fetch(`${demo.url}/api/v1/bounces`, { method: "POST", headers, body: report(gone) });
      assert.equal((await taken.json()).outcome, "dead");

      // It is the first thing to look at, and leads to what depends on it.
      await page.goto("/admin");
      await look();
      await page.getByRole("link", { name: `${known.length + 1} adresses invalides` }).click();
      await page.getByRole("heading", { level: 1, name: "Adresses invalides" }).waitFor();
      await look();
      await page.getByRole("link", { name: gone.to }).click();
      await page.getByRole("heading", { level: 1, name: gone.to }).waitFor();
      const invitations = page.getByRole("group", { name: "Invitations à venir" });
      const ticked = await invitations.getByRole("checkbox", { checked: true }).count();
      assert.ok(ticked > 0, "invitations depend on it");
      const meeting = await invitations.getByRole("link").first().getAttribute("href");
      await look();

      // To nobody: it says what to do. To the dead address itself: no more.
      const hand = page.getByRole("button", { name: "Réattribuer ce qui est coché" });
      await hand.click();
      await page.getByText("Choisissez une personne, ou donnez une nouvelle adresse.").first().waitFor();
      await look();
      const address = page.getByLabel("Ou sa nouvelle adresse, pour ses invitations");
      await address.fill(gone.to.toUpperCase());
      await hand.click();
      await page.getByText("C’est l’adresse qui ne reçoit plus rien").first().waitFor();

      // To the same person, elsewhere: each of their invitations follows, and is mailed.
      await address.fill(NEW);
      await hand.click();
      await page.getByText("C’est réattribué.").first().waitFor();
      assert.equal(await invitations.count(), 0);
      await look();
      await page.goto(`${meeting.split("/").slice(0, 3).join("/")}/invites`);
      await page.getByText(NEW).first().waitFor();
      assert.equal(await page.getByText(gone.to).count(), 0);
      const written = async () => (await called(demo)).filter((mail) => mail.to === NEW).length;
      for (let tries = 0; tries < 150 && (await written()) < ticked; tries++) await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(await written(), ticked);

      // Somebody reads it again: it is no longer dead.
      await page.goto("/admin/adresses");
      await page.getByRole("link", { name: gone.to }).click();
      await page.getByRole("button", { name: "Écrire de nouveau à cette adresse" }).click();
      await page.getByText("nous écrivons de nouveau à cette adresse").waitFor();
      assert.equal(await page.getByRole("link", { name: gone.to }).count(), 0);
    } finally {
      await office.close();
      await demo.stop();
    }
  });
}
