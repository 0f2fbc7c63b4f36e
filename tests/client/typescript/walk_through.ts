// A platform's day in TypeScript, with nothing but the generated types: node walk_through.js URL KEYS PHOTO COPY
// KEYS is JSON: {"admin": …, "intake": …, "moderator": …, "pipeline": …}. Prints what it found, as JSON.
import { openAsBlob } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths, webhooks } from "./staydown.js";

type Verdict = components["schemas"]["MatchAnswer"]["verdict"];
type Happened = webhooks[keyof webhooks]["post"]["requestBody"]["content"]["application/json"];

const [url, keys, photo, copy] = process.argv.slice(2);
if (!url || !keys || !photo || !copy) throw new Error("URL KEYS PHOTO COPY");
type Role = "admin" | "intake" | "moderator" | "pipeline";
const { admin, intake, moderator, pipeline } = JSON.parse(keys) as Record<Role, string>;

const as = (key: string) => createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

/** Writes a body as a form: a file as a part of its own, everything else as JSON. */
function form(body: object): FormData {
  const parts = new FormData();
  for (const [name, value] of Object.entries(body))
    for (const one of Array.isArray(value) ? value : [value])
      parts.append(name, one instanceof Blob ? one : typeof one === "string" ? one : JSON.stringify(one));
  return parts;
}

/** Every verdict there is: one that were added to the description would not compile. */
function published(verdict: Verdict): boolean {
  switch (verdict) {
    case "allow":
      return true;
    case "hold":
    case "block":
      return false;
  }
}

/** What a receiver of webhooks does with each event it has asked for. */
function heard(event: Happened): string {
  switch (event.type) {
    case "takedown.created":
      return event.data.takedown_id;
    case "upload.matched":
      return `${event.data.upload_id} ${event.data.verdict}`;
    default:
      return event.type;
  }
}

const found: Record<string, unknown> = {};
const media = await openAsBlob(photo);
const mirrored = await openAsBlob(copy);

const filed = await as(intake).POST("/v1/reports", {
  body: {
    report: {
      reporter: { relation: "subject", name: "A", contact: "a@example.org" },
      statement: { non_consent: true, good_faith: true, signature: "A" },
      content: { url: "https://example.org/1" },
      facts: { nudity: true },
    },
    media: [media],
  },
  bodySerializer: form,
});
if (filed.error) throw new Error(filed.error.detail);
found["missing"] = filed.data.missing;
const case_id = filed.data.case_id;

const staff = as(moderator);
const path = { params: { path: { case_id } } };
const shown = await staff.GET("/v1/cases/{case_id}", path);
if (shown.error) throw new Error(shown.error.detail);
for (const { n, preview } of shown.data.media) {
  if (preview === null) continue;
  const looked = await staff.GET("/v1/cases/{case_id}/media/{n}", {
    params: { path: { case_id, n } },
    parseAs: "blob",
  });
  found["preview"] = looked.data?.type;
}
const nudity: boolean | "unknown" | undefined = shown.data.facts.nudity;
found["nudity"] = nudity;
found["recommended"] = shown.data.recommendation.outcome;
const decided = await staff.POST("/v1/cases/{case_id}/decision", { ...path, body: { outcome: "uphold" } });
if (decided.error) throw new Error(decided.error.detail);
found["takedown"] = decided.data.takedown_id;

const asking = as(pipeline);
const answer = await asking.POST("/v1/match", { body: { media: mirrored }, bodySerializer: form });
if (answer.error) throw new Error(answer.error.detail);
if ("job" in answer.data) throw new Error("a picture is answered at once");
found["verdict"] = answer.data.verdict;
found["published"] = published(answer.data.verdict);
const [match] = answer.data.matches;
found["strength"] = match?.strength;
found["distances"] = match?.evidence?.flatMap((one) => ("distance" in one ? [one.distance] : []));
found["coverage"] = match?.evidence?.flatMap((one) => ("coverage" in one ? [one.coverage] : []));

const posted = await asking.POST("/v1/uploads", {
  body: { upload: { upload_id: "post-1", uploader_id: "user-1" }, media: mirrored },
  bodySerializer: form,
});
if (posted.error) throw new Error(posted.error.detail);
found["statement"] = "statement_of_reasons" in posted.data ? posted.data.statement_of_reasons?.rule : undefined;

const refused = await asking.POST("/v1/match", { body: { signals: [{ type: "pdq/1", value: "no hex" }] } });
found["refused"] = [refused.response.status, refused.error?.type];

const feed = await as(admin).GET("/v1/events", { params: { query: { limit: 200 } } });
found["events"] = feed.data?.items.map((one) => one.type);
found["heard"] = heard({
  id: "evt_1",
  type: "takedown.created",
  timestamp: new Date().toISOString(),
  data: { takedown_id: "tkd_1" } as Extract<Happened, { type: "takedown.created" }>["data"],
});
console.log(JSON.stringify(found));
