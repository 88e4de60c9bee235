// Mails as the demonstration writes them: files, whole once they end in .eml.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

// Each of them, the oldest first, with its lines as a text has them.
export async function raw(demo) {
  const folder = join(demo.data, "mail");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
  return Promise.all(names.map(async (name) => (await readFile(join(folder, name), "utf8")).replace(/\r\n/g, "\n")));
}

// What quoted-printable wrote, read back.
export function words(text) {
  return text.replace(/=\n/g, "").replace(/(=[0-9A-F]{2})+/g, (codes) => Buffer.from(codes.replace(/=/g, ""), "hex").toString());
}

// Waits for the words of the last mail to somebody that holds a text.
export async function mail(demo, to, holds) {
  for (let tries = 0; tries < 150; tries++) {
    const found = (await raw(demo)).filter((one) => one.includes(`\nTo: ${to}\n`)).map(words);
    const last = found.findLast((one) => one.includes(holds));
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`no mail to ${to} holds « ${holds} »`);
}
