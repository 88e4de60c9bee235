import { readFileSync, mkdirSync } from "node:fs";
import { launch } from "./support/browser.mjs";
const BASE="http://127.0.0.1:18779";
const [m1,m2,m3,m4,body]=readFileSync("/tmp/helper-f/ids.txt","utf8").trim().split("\n");
const id=m=>m.split("/")[2];
const all={
 calendar:["m","/rencontres"], list:["m","/rencontres/liste"], bodies:["m","/rencontres/instances"], body:["m",`/rencontres/instances/${body}`], bodyform:["m",`/rencontres/instances/${body}/modifier`],
 m1:["m",m1], m2v:["v",m2], m2a:["w",m2], m3:["m",m3], m4:["m",m4], edit:["m",`/rencontres/${id(m1)}/modifier`], call:["m",`/rencontres/${id(m4)}/convoquer`], move:["m",`/rencontres/${id(m1)}/reporter`],
 invited:["m",`/rencontres/${id(m2)}/invites`], presence:["m",`/rencontres/${id(m3)}/presence`], series:["m","/rencontres/serie"], sign:["m",`/rencontres/${id(m3)}/imprimer/emargement`], attest:["m",`/rencontres/${id(m3)}/imprimer/attestations`], convoc:["m",`/rencontres/${id(m3)}/imprimer/convocation`], space:["m","/mon-espace"], figures:["m","/rencontres/chiffres"],
};
const only=process.argv.slice(2);
mkdirSync("/tmp/helper-f/shots",{recursive:true});
const browser=await launch();
for (const [who,email] of [["m","responsable@vienne.example"],["w","agent@vienne.example"],["v",null]]) {
  const names=Object.keys(all).filter(n=>all[n][0]===who && (!only.length||only.includes(n)));
  if(!names.length) continue;
  for (const width of [1280,360]) {
    const c=await browser.newContext({baseURL:BASE,viewport:{width,height:width===360?780:900}});
    const p=await c.newPage();
    if(email){await p.goto("/connexion");await p.fill('input[name=email]',email);await p.fill('input[name=password]','demonstration-vienne');await Promise.all([p.waitForNavigation(),p.click('main form button[type=submit]')]);}
    for(const n of names){
      await p.goto(all[n][1]); 
      if(n==="series"){ await p.selectOption('#body_id',body); await p.fill('#every','1'); await p.fill('#start','9:00'); await p.fill('#end','12:00'); await Promise.all([p.waitForNavigation(),p.click('button[value=see]')]); }
      await p.screenshot({path:`/tmp/helper-f/shots/${n}-${width}.png`,fullPage:true});
      const over=await p.evaluate(()=>document.documentElement.scrollWidth-window.innerWidth); if(over>0) console.log(n,width,"overflows by",over);
    }
    await c.close();
  }
}
await browser.close();
