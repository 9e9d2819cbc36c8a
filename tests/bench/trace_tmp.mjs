import { chromium } from "playwright-core";
import { FLAGS, PROGRAM } from "../browser/engine_chromium.mjs";
import { SUBJECTS } from "./page_subject.mjs";
import { probe } from "./page_probe.mjs";
import { writeFileSync } from "node:fs";
import { sleep, until } from "../it/lib.mjs";
const subject = (Array.isArray(SUBJECTS)?SUBJECTS:Object.values(SUBJECTS)).find(s=>s.name==="tincan");
const SLOW_4G = { offline: false, latency: 562.5, downloadThroughput: 180_000, uploadThroughput: 84_375 };
const ends=[]; const t={after:(f)=>ends.push(f)};
const browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
try {
 const server = await subject.start(t);
 for (let i=0;i<(+process.argv[3]||3);i++){
 const context = await browser.newContext({ viewport:{width:1280,height:800}, storageState: await subject.signedIn(browser, server.url) });
 const page = await context.newPage();
 await page.addInitScript(`(${probe})(() => ${subject.isUsable})`);
 const d = await context.newCDPSession(page);
 await d.send("Network.enable"); await d.send("Network.emulateNetworkConditions", SLOW_4G);
 await d.send("Emulation.setCPUThrottlingRate",{rate:Number(process.argv[2]||4)});
 if (i===Number(process.argv[4]||-1)) await browser.startTracing(page,{path:"/tmp/tr/trace.json",categories:["devtools.timeline","toplevel","cc","loading","blink","v8","blink.user_timing","disabled-by-default-devtools.timeline"]});
 await page.goto(server.url);
 await until(() => page.evaluate(`bench.marks.usable !== undefined && (${subject.isLive})`), "live", 60000);
 if (i===Number(process.argv[4]||-1)) await browser.stopTracing();
 const seen = await page.evaluate(() => ({fcp:performance.getEntriesByName("first-contentful-paint")[0]?.startTime, usable:bench.marks.usable, nav:(n=>({rs:n.requestStart,re:n.responseStart,end:n.responseEnd,di:n.domInteractive,dcl:n.domContentLoadedEventStart}))(performance.getEntriesByType("navigation")[0])}));
 console.log(JSON.stringify(seen));
 await context.close();
 }
} finally { await browser.close(); for (const f of ends.reverse()) await f(); }
