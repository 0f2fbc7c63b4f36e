BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE api_keys (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	trusted BOOLEAN NOT NULL, 
	key_hash BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash)
);
CREATE TABLE appeals (
	id VARCHAR(40) NOT NULL, 
	decision_id VARCHAR(40) NOT NULL, 
	case_id VARCHAR(40) NOT NULL, 
	"by" VARCHAR(20) NOT NULL, 
	grounds TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	filed_at DATETIME NOT NULL, 
	decided_by VARCHAR(80), 
	decided_at DATETIME, 
	note TEXT, 
	CONSTRAINT pk_appeals PRIMARY KEY (id), 
	CONSTRAINT fk_appeals_case_id FOREIGN KEY(case_id) REFERENCES cases (id), 
	CONSTRAINT fk_appeals_decision_id FOREIGN KEY(decision_id) REFERENCES decisions (id)
);
INSERT INTO "appeals" VALUES('app_1KDWCJ2M0TV02PH7T2J1K1TVG','dec_1KDWCJ2M05VBBJFZ3S1WRC2FD','case_1KDWCJ2M0PDRAAESVF2JM043Z','poster','these are distinctive grounds of an appeal','open','2026-01-01 09:00:00.000000',NULL,NULL,NULL);
CREATE TABLE audit_log (
	position INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor_id VARCHAR(80) NOT NULL, 
	action VARCHAR(60) NOT NULL, 
	subject_id VARCHAR(80) NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT pk_audit_log PRIMARY KEY (position)
);
INSERT INTO "audit_log" VALUES(1,'2026-01-01 09:00:00.000000','key_tester','report:filed','case_1KDWCJ2M0PDRAAESVF2JM043Z','{"report_id": "rep_1KDWCJ2M07E9S0CQPSFCREJS5", "media": 1}');
INSERT INTO "audit_log" VALUES(2,'2026-01-01 09:00:00.000000','key_tester','case:decision:made','case_1KDWCJ2M0PDRAAESVF2JM043Z','{"decision_id": "dec_1KDWCJ2M05VBBJFZ3S1WRC2FD", "outcome": "uphold", "rule": "R07", "policy_version": "private-media/1", "state": "effective"}');
INSERT INTO "audit_log" VALUES(3,'2026-01-01 09:00:00.000000','key_tester','takedown:activated','tkd_1KDWCJ2M0996MQJF3MV31W25D','{"decision_id": "dec_1KDWCJ2M05VBBJFZ3S1WRC2FD"}');
INSERT INTO "audit_log" VALUES(4,'2026-01-01 09:00:00.000000','key_tester','appeal:filed','case_1KDWCJ2M0PDRAAESVF2JM043Z','{"appeal_id": "app_1KDWCJ2M0TV02PH7T2J1K1TVG", "by": "poster"}');
INSERT INTO "audit_log" VALUES(5,'2026-01-01 09:00:00.000000','receipt:SD-9JEK-SYVR-NQAR','takedown:withdrawn','tkd_1KDWCJ2M0996MQJF3MV31W25D','{"index_version": 4, "case_id": "case_1KDWCJ2M0PDRAAESVF2JM043Z"}');
INSERT INTO "audit_log" VALUES(6,'2026-01-01 09:00:00.000000','key_tester','report:filed','case_1KDWCJ2M0JHJ0KQP36JWHPHS2','{"report_id": "rep_1KDWCJ2M0K91Q0GYNMJAX5XSV", "media": 1}');
INSERT INTO "audit_log" VALUES(7,'2026-01-01 09:00:00.000000','key_tester','destination:added','dst_1KDWCJ2M07CE8XFTD9W97KGCH','{"kind": "webhook", "name": "one"}');
CREATE TABLE cases (
	id VARCHAR(40) NOT NULL, 
	queue VARCHAR(20) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	opened_at DATETIME NOT NULL, 
	deadline DATETIME NOT NULL, 
	facts JSON NOT NULL, 
	report_id VARCHAR(40), 
	upload_id VARCHAR(40), 
	takedown_id VARCHAR(40), 
	claimed_by VARCHAR(80), 
	claimed_until DATETIME, 
	note TEXT, 
	CONSTRAINT pk_cases PRIMARY KEY (id)
);
INSERT INTO "cases" VALUES('case_1KDWCJ2M0PDRAAESVF2JM043Z','reports','decided','2026-01-01 09:00:00.000000','2026-01-03 09:00:00.000000','{"conduct": "shared_media", "reporter": "subject", "authority": "not_applicable", "reporter_depicted": true, "non_consent_stated": true, "permission_evidence": "none", "nudity": true, "subject_status": "private_individual", "context_assessed": true, "harass_purpose": false, "media_public_interest": false, "text_public_interest": false, "crisis_help": false, "newsworthy_event": false, "publicly_available": false, "mainstream_news": false, "safety_risk": "low"}','rep_1KDWCJ2M07E9S0CQPSFCREJS5',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "cases" VALUES('case_1KDWCJ2M0JHJ0KQP36JWHPHS2','reports','open','2026-01-01 09:00:00.000000','2026-01-03 09:00:00.000000','{"conduct": "shared_media", "reporter": "subject", "authority": "not_applicable", "reporter_depicted": true, "non_consent_stated": true, "permission_evidence": "none", "nudity": true, "subject_status": "private_individual", "context_assessed": true, "harass_purpose": false, "media_public_interest": false, "text_public_interest": false, "crisis_help": false, "newsworthy_event": false, "publicly_available": false, "mainstream_news": false, "safety_risk": "low"}','rep_1KDWCJ2M0K91Q0GYNMJAX5XSV',NULL,NULL,NULL,NULL,'a distinctive note of a moderator');
CREATE TABLE decisions (
	id VARCHAR(40) NOT NULL, 
	case_id VARCHAR(40) NOT NULL, 
	outcome VARCHAR(30) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	decided_by VARCHAR(80) NOT NULL, 
	decided_at DATETIME NOT NULL, 
	note TEXT, 
	override_reason TEXT, 
	recommendation JSON NOT NULL, 
	policy_version VARCHAR(40) NOT NULL, 
	facts JSON NOT NULL, 
	takedown_id VARCHAR(40), 
	blast_radius JSON NOT NULL, 
	approvals_needed INTEGER NOT NULL, 
	approval_reasons JSON NOT NULL, 
	approved_by VARCHAR(80), 
	index_version BIGINT NOT NULL, 
	CONSTRAINT pk_decisions PRIMARY KEY (id), 
	CONSTRAINT fk_decisions_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
INSERT INTO "decisions" VALUES('dec_1KDWCJ2M05VBBJFZ3S1WRC2FD','case_1KDWCJ2M0PDRAAESVF2JM043Z','uphold','withdrawn','key_tester','2026-01-01 09:00:00.000000','a distinctive note of a moderator','a distinctive note of a moderator','{"outcome": "REMOVE", "rule": "R07", "policy": "non_consensual_nudity", "hash_action": "bank_context_free", "reasons": ["The media is nude or intimate, and the person depicted did not consent to its being shared.", "No exemption applies: neither public status, public interest, news coverage nor availability elsewhere."]}','private-media/1','{"conduct": "shared_media", "reporter": "subject", "authority": "not_applicable", "reporter_depicted": true, "non_consent_stated": true, "permission_evidence": "none", "nudity": true, "subject_status": "private_individual", "context_assessed": true, "harass_purpose": false, "media_public_interest": false, "text_public_interest": false, "crisis_help": false, "newsworthy_event": false, "publicly_available": false, "mainstream_news": false, "safety_risk": "low"}','tkd_1KDWCJ2M0996MQJF3MV31W25D','{"uploads": 0, "uploaders": 0}',0,'[]',NULL,2);
CREATE TABLE deliveries (
	id VARCHAR(40) NOT NULL, 
	event_id VARCHAR(40) NOT NULL, 
	position BIGINT NOT NULL, 
	event_type VARCHAR(40) NOT NULL, 
	takedown_id VARCHAR(40), 
	destination_id VARCHAR(40) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	attempts INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	next_attempt_at DATETIME NOT NULL, 
	lease_id VARCHAR(40), 
	lease_until DATETIME, 
	first_attempt_at DATETIME, 
	last_attempt_at DATETIME, 
	delivered_at DATETIME, 
	receipt JSON NOT NULL, 
	error TEXT, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_deliveries_destination_id FOREIGN KEY(destination_id) REFERENCES destinations (id), 
	CONSTRAINT fk_deliveries_event_id FOREIGN KEY(event_id) REFERENCES outbox (id), 
	CONSTRAINT uq_deliveries_event_id_destination_id UNIQUE (event_id, destination_id)
);
INSERT INTO "deliveries" VALUES('dlv_1KDWCJ2M0G5KSA49E1B4EHN3S','evt_1KDWCJ2M0BXQ9TCAX23NQ8RR4',1,'report.received',NULL,'dst_1KDWCJ2M07CE8XFTD9W97KGCH','pending',0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',NULL,NULL,NULL,NULL,NULL,'{}',NULL);
INSERT INTO "deliveries" VALUES('dlv_1KDWCJ2M07DT6EQJFJG9YCPJR','evt_1KDWCJ2M0DNHJEZQ15J8QGV2X',2,'case.opened',NULL,'dst_1KDWCJ2M07CE8XFTD9W97KGCH','pending',0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',NULL,NULL,NULL,NULL,NULL,'{}',NULL);
INSERT INTO "deliveries" VALUES('dlv_1KDWCJ2M0GZC7AV8GSWDNRTNM','evt_1KDWCJ2M0MCBDMM52W2JKV6DB',3,'takedown.created','tkd_1KDWCJ2M0996MQJF3MV31W25D','dst_1KDWCJ2M07CE8XFTD9W97KGCH','pending',0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',NULL,NULL,NULL,NULL,NULL,'{}',NULL);
INSERT INTO "deliveries" VALUES('dlv_1KDWCJ2M02R3H0G2QAT44W2GV','evt_1KDWCJ2M05FGDMN0E9EBN5E6S',4,'takedown.reversed','tkd_1KDWCJ2M0996MQJF3MV31W25D','dst_1KDWCJ2M07CE8XFTD9W97KGCH','pending',0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',NULL,NULL,NULL,NULL,NULL,'{}',NULL);
INSERT INTO "deliveries" VALUES('dlv_1KDWCJ2M0T0MD3E50TPFMFCAS','evt_1KDWCJ2M0EHKQ802S206Q8FQ1',5,'report.received',NULL,'dst_1KDWCJ2M07CE8XFTD9W97KGCH','pending',0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',NULL,NULL,NULL,NULL,NULL,'{}',NULL);
INSERT INTO "deliveries" VALUES('dlv_1KDWCJ2M0A8VM7YBGE82C9NBA','evt_1KDWCJ2M0QEYKK31KQPKXZDB4',6,'case.opened',NULL,'dst_1KDWCJ2M07CE8XFTD9W97KGCH','pending',0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',NULL,NULL,NULL,NULL,NULL,'{}',NULL);
CREATE TABLE destinations (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	target TEXT NOT NULL, 
	sealed_secret BLOB, 
	events JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	failures INTEGER NOT NULL, 
	retry_at DATETIME, 
	last_error TEXT, 
	CONSTRAINT pk_destinations PRIMARY KEY (id)
);
INSERT INTO "destinations" VALUES('dst_1KDWCJ2M07CE8XFTD9W97KGCH','one','webhook','https://example.org/hook',X'67414141414142724331592D38714E78535247725A336B3544754D57366E69456A686937507368697578393439324B44464E48376C4D366D7961345A625867487351396C78756179504B4A757A6E373665503239394A4A545250686F4461626148413D3D','["report.received", "case.opened", "takedown.created", "upload.matched", "takedown.reversed", "upload.reinstated", "appeal.decided"]','active','2026-01-01 09:00:00.000000',0,NULL,NULL);
CREATE TABLE idempotency (
	scope VARCHAR(200) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	fingerprint BLOB NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (scope, "key")
);
INSERT INTO "idempotency" VALUES('scope','key',X'0000000000000000000000000000000000000000000000000000000000000000',201,X'67414141414142724331592D366B5651706B677577547249325A312D304C583238632D574439387351393573625577314F4352717A30385250615F724939355669455F4B6D7269683632476151354456523059566867464C394338544136585932773D3D','2026-01-01 09:00:00.000000');
CREATE TABLE index_changes (
	collection VARCHAR(20) NOT NULL, 
	seq BIGINT NOT NULL, 
	op VARCHAR(6) NOT NULL, 
	item_id BIGINT NOT NULL, 
	signal_type VARCHAR(20) NOT NULL, 
	value BLOB, 
	CONSTRAINT pk_index_changes PRIMARY KEY (collection, seq)
);
INSERT INTO "index_changes" VALUES('takedowns',1,'add',1,'sha256/1',X'0000000000000000000000000000000000000000000000000000000000000001');
INSERT INTO "index_changes" VALUES('takedowns',2,'add',2,'pdq/1',X'0000000000000000000000000000000000000001000000000000000000000000');
INSERT INTO "index_changes" VALUES('takedowns',3,'remove',1,'sha256/1',NULL);
INSERT INTO "index_changes" VALUES('takedowns',4,'remove',2,'pdq/1',NULL);
CREATE TABLE index_counters (
	collection VARCHAR(20) NOT NULL, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_index_counters PRIMARY KEY (collection)
);
INSERT INTO "index_counters" VALUES('takedowns',4);
INSERT INTO "index_counters" VALUES('uploads',0);
INSERT INTO "index_counters" VALUES('protected',0);
INSERT INTO "index_counters" VALUES('outbox',6);
CREATE TABLE items (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection VARCHAR(20) NOT NULL, 
	owner_id VARCHAR(40) NOT NULL, 
	media_id VARCHAR(40) NOT NULL, 
	signal_type VARCHAR(20) NOT NULL, 
	value BLOB NOT NULL, 
	quality INTEGER, 
	removed BOOLEAN NOT NULL, 
	CONSTRAINT fk_items_media_id FOREIGN KEY(media_id) REFERENCES media (id)
);
INSERT INTO "items" VALUES(1,'takedowns','tkd_1KDWCJ2M0996MQJF3MV31W25D','med_1KDWCJ2M016JTGWH0QMAY39JV','sha256/1',X'0000000000000000000000000000000000000000000000000000000000000001',NULL,1);
INSERT INTO "items" VALUES(2,'takedowns','tkd_1KDWCJ2M0996MQJF3MV31W25D','med_1KDWCJ2M016JTGWH0QMAY39JV','pdq/1',X'0000000000000000000000000000000000000001000000000000000000000000',100,1);
CREATE TABLE jobs (
	id VARCHAR(40) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	actor JSON NOT NULL, 
	fields JSON NOT NULL, 
	folder_id VARCHAR(40) NOT NULL, 
	file VARCHAR(80) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	progress FLOAT NOT NULL, 
	created_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	outcome BLOB, 
	CONSTRAINT pk_jobs PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('job_one','uploads','{"id": "key_tester", "name": "tester", "role": "senior", "trusted": false}','{"post_text": "the distinctive words beside a long video"}','f','a','waiting',0.0,'2026-01-01 09:00:00.000000',NULL,NULL);
INSERT INTO "jobs" VALUES('job_two','uploads','{"id": "key_tester", "name": "tester", "role": "senior", "trusted": false}','{}','f','b','done',1.0,'2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000',X'67414141414142724331592D7A72616E693948343045713178686C6377446D63536F7A6D56477648787558366F494F5F39484E657A6B4B3867354B6B336A7A5073423948635A4A656B325971716C37662D6874596B73335476375A4E505773314D673D3D');
CREATE TABLE lookbacks (
	id VARCHAR(40) NOT NULL, 
	takedown_id VARCHAR(40) NOT NULL, 
	decision_id VARCHAR(40) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	candidates INTEGER NOT NULL, 
	checked INTEGER NOT NULL, 
	hits INTEGER NOT NULL, 
	cases INTEGER NOT NULL, 
	"after" VARCHAR(40), 
	index_version BIGINT NOT NULL, 
	lease_id VARCHAR(40), 
	lease_until DATETIME, 
	CONSTRAINT pk_lookbacks PRIMARY KEY (id), 
	CONSTRAINT fk_lookbacks_decision_id FOREIGN KEY(decision_id) REFERENCES decisions (id), 
	CONSTRAINT fk_lookbacks_takedown_id FOREIGN KEY(takedown_id) REFERENCES takedowns (id)
);
INSERT INTO "lookbacks" VALUES('lkb_1KDWCJ2M0Q5XT6TK3V042RNQ4','tkd_1KDWCJ2M0996MQJF3MV31W25D','dec_1KDWCJ2M05VBBJFZ3S1WRC2FD','pending','2026-01-01 09:00:00.000000',NULL,NULL,0,0,0,0,NULL,0,NULL,NULL);
CREATE TABLE matches (
	id INTEGER NOT NULL, 
	upload_id VARCHAR(40) NOT NULL, 
	takedown_id VARCHAR(40) NOT NULL, 
	case_id VARCHAR(40) NOT NULL, 
	media_id VARCHAR(40) NOT NULL, 
	strength VARCHAR(10) NOT NULL, 
	agreeing INTEGER NOT NULL, 
	evidence JSON NOT NULL, 
	explanation TEXT NOT NULL, 
	verdict VARCHAR(10) NOT NULL, 
	rule VARCHAR(10) NOT NULL, 
	reason TEXT NOT NULL, confirmed_by VARCHAR(40), dismissed_by VARCHAR(40), lookback_id VARCHAR(40), 
	CONSTRAINT pk_matches PRIMARY KEY (id), 
	CONSTRAINT fk_matches_takedown_id FOREIGN KEY(takedown_id) REFERENCES takedowns (id), 
	CONSTRAINT fk_matches_upload_id FOREIGN KEY(upload_id) REFERENCES uploads (id), 
	CONSTRAINT uq_matches_upload_id_takedown_id UNIQUE (upload_id, takedown_id)
);
CREATE TABLE media (
	id VARCHAR(40) NOT NULL, 
	case_id VARCHAR(40), 
	position INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	width INTEGER, 
	height INTEGER, 
	duration_s FLOAT, seen_s FLOAT, 
	CONSTRAINT pk_media PRIMARY KEY (id), 
	CONSTRAINT fk_media_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
INSERT INTO "media" VALUES('med_1KDWCJ2M016JTGWH0QMAY39JV','case_1KDWCJ2M0PDRAAESVF2JM043Z',0,'image',640,480,NULL,NULL);
INSERT INTO "media" VALUES('med_1KDWCJ2M0F8FF8SK93KF8HYMD','case_1KDWCJ2M0JHJ0KQP36JWHPHS2',0,'image',640,480,NULL,NULL);
INSERT INTO "media" VALUES('med_1KDWCJ2M0FH58DHZ1KWF0YJW3',NULL,0,'image',640,480,NULL,NULL);
CREATE TABLE outbox (
	position INTEGER NOT NULL, 
	id VARCHAR(40) NOT NULL, 
	type VARCHAR(40) NOT NULL, 
	occurred_at DATETIME NOT NULL, 
	takedown_id VARCHAR(40), 
	data JSON NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (position), 
	CONSTRAINT uq_outbox_id UNIQUE (id)
);
INSERT INTO "outbox" VALUES(1,'evt_1KDWCJ2M0BXQ9TCAX23NQ8RR4','report.received','2026-01-01 09:00:00.000000',NULL,'{"takedown_id": null, "report_id": "rep_1KDWCJ2M07E9S0CQPSFCREJS5", "case_id": "case_1KDWCJ2M0PDRAAESVF2JM043Z"}');
INSERT INTO "outbox" VALUES(2,'evt_1KDWCJ2M0DNHJEZQ15J8QGV2X','case.opened','2026-01-01 09:00:00.000000',NULL,'{"takedown_id": null, "case_id": "case_1KDWCJ2M0PDRAAESVF2JM043Z", "queue": "reports"}');
INSERT INTO "outbox" VALUES(3,'evt_1KDWCJ2M0MCBDMM52W2JKV6DB','takedown.created','2026-01-01 09:00:00.000000','tkd_1KDWCJ2M0996MQJF3MV31W25D','{"takedown_id": "tkd_1KDWCJ2M0996MQJF3MV31W25D", "case_id": "case_1KDWCJ2M0PDRAAESVF2JM043Z", "decision_id": "dec_1KDWCJ2M05VBBJFZ3S1WRC2FD", "rule": "R07", "policy": "non_consensual_nudity", "policy_version": "private-media/1", "hash_action": "bank_context_free", "upload_id": null, "url": "https://example.org/distinctive-address"}');
INSERT INTO "outbox" VALUES(4,'evt_1KDWCJ2M05FGDMN0E9EBN5E6S','takedown.reversed','2026-01-01 09:00:00.000000','tkd_1KDWCJ2M0996MQJF3MV31W25D','{"takedown_id": "tkd_1KDWCJ2M0996MQJF3MV31W25D", "case_id": "case_1KDWCJ2M0PDRAAESVF2JM043Z", "state": "withdrawn"}');
INSERT INTO "outbox" VALUES(5,'evt_1KDWCJ2M0EHKQ802S206Q8FQ1','report.received','2026-01-01 09:00:00.000000',NULL,'{"takedown_id": null, "report_id": "rep_1KDWCJ2M0K91Q0GYNMJAX5XSV", "case_id": "case_1KDWCJ2M0JHJ0KQP36JWHPHS2"}');
INSERT INTO "outbox" VALUES(6,'evt_1KDWCJ2M0QEYKK31KQPKXZDB4','case.opened','2026-01-01 09:00:00.000000',NULL,'{"takedown_id": null, "case_id": "case_1KDWCJ2M0JHJ0KQP36JWHPHS2", "queue": "reports"}');
CREATE TABLE previews (
	media_id VARCHAR(40) NOT NULL, 
	ciphertext BLOB NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_previews PRIMARY KEY (media_id), 
	CONSTRAINT fk_previews_media_id FOREIGN KEY(media_id) REFERENCES media (id)
);
INSERT INTO "previews" VALUES('med_1KDWCJ2M016JTGWH0QMAY39JV',X'67414141414142724331592D567A7763546D4466383341346557675A345333497750696D6D5862573833517650654250396A7138683438424E496C6C4A3357533754516D66504745793837634F62594F3730656556626751394F395731766C756A513D3D','2125-12-08 09:00:00.000000');
INSERT INTO "previews" VALUES('med_1KDWCJ2M0F8FF8SK93KF8HYMD',X'67414141414142724331592D73472D595F5A51776B735A5033445542524A72786B596A3775427258326A71416964584B674C50576F746344636958755446394437702D6F6B4E795F7458656C4E69694453316761585430327866736A4D35744236513D3D','2125-12-08 09:00:00.000000');
INSERT INTO "previews" VALUES('med_1KDWCJ2M0FH58DHZ1KWF0YJW3',X'67414141414142724331592D476D7A394C7A566341334C4F696469735465736D5478536678327070725F56736330365664426E5F2D664A6B3771613534773859514656765A7A58496479474E5A6A61496451514266535A4F727337716265736339513D3D','2125-12-08 09:00:00.000000');
CREATE TABLE protected (
	id VARCHAR(40) NOT NULL, 
	media_id VARCHAR(40) NOT NULL, 
	reason TEXT NOT NULL, 
	added_by VARCHAR(80) NOT NULL, 
	added_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	CONSTRAINT pk_protected PRIMARY KEY (id), 
	CONSTRAINT fk_protected_media_id FOREIGN KEY(media_id) REFERENCES media (id)
);
CREATE TABLE reports (
	id VARCHAR(40) NOT NULL, 
	case_id VARCHAR(40) NOT NULL, 
	receipt_number VARCHAR(40) NOT NULL, 
	receipt_secret_hash BLOB NOT NULL, 
	received_at DATETIME NOT NULL, 
	deadline DATETIME NOT NULL, 
	filed_by VARCHAR(80) NOT NULL, 
	reporter JSON NOT NULL, 
	statement JSON NOT NULL, 
	content JSON NOT NULL, target VARCHAR(255), reporter_key VARCHAR(40), 
	CONSTRAINT pk_reports PRIMARY KEY (id), 
	CONSTRAINT fk_reports_case_id FOREIGN KEY(case_id) REFERENCES cases (id), 
	CONSTRAINT uq_reports_receipt_number UNIQUE (receipt_number)
);
INSERT INTO "reports" VALUES('rep_1KDWCJ2M07E9S0CQPSFCREJS5','case_1KDWCJ2M0PDRAAESVF2JM043Z','SD-9JEK-SYVR-NQAR',X'A98D3965A1C7715B54128AEEB9A721886AAF9AD89806F14422559BABD8A3F228','2026-01-01 09:00:00.000000','2026-01-03 09:00:00.000000','key_tester','{"relation": "subject", "name": "Amelie Distinctive-Person", "contact": "amelie.distinctive@example.org", "authority_evidence": null, "uploader_id": null}','{"non_consent": true, "good_faith": true, "signature": "A. Distinctive-Signature"}','{"url": "https://example.org/distinctive-address", "upload_id": null, "uploader_id": null, "post_text": "the distinctive words of the reported post"}','https://example.org/distinctive-address','55877a3727583d1c91de51c878c2c9a7');
INSERT INTO "reports" VALUES('rep_1KDWCJ2M0K91Q0GYNMJAX5XSV','case_1KDWCJ2M0JHJ0KQP36JWHPHS2','SD-58SS-CV3G-SZRJ',X'A7CA208C8723C02FD6044B3CB4EFF9993324B11CC0013EBB35108DAF8EF2CB83','2026-01-01 09:00:00.000000','2026-01-03 09:00:00.000000','key_tester','{"relation": "subject", "name": "Amelie Distinctive-Person", "contact": "amelie.distinctive@example.org", "authority_evidence": null, "uploader_id": null}','{"non_consent": true, "good_faith": true, "signature": "A. Distinctive-Signature"}','{"url": "https://example.org/distinctive-address", "upload_id": null, "uploader_id": null, "post_text": "the distinctive words of the reported post"}','https://example.org/distinctive-address','55877a3727583d1c91de51c878c2c9a7');
CREATE TABLE signals (
	media_id VARCHAR(40) NOT NULL, 
	position INTEGER NOT NULL, 
	signal_type VARCHAR(20) NOT NULL, 
	value BLOB NOT NULL, 
	quality INTEGER, 
	CONSTRAINT pk_signals PRIMARY KEY (media_id, position), 
	CONSTRAINT fk_signals_media_id FOREIGN KEY(media_id) REFERENCES media (id)
);
INSERT INTO "signals" VALUES('med_1KDWCJ2M016JTGWH0QMAY39JV',0,'sha256/1',X'0000000000000000000000000000000000000000000000000000000000000001',NULL);
INSERT INTO "signals" VALUES('med_1KDWCJ2M016JTGWH0QMAY39JV',1,'pdq/1',X'0000000000000000000000000000000000000001000000000000000000000000',100);
INSERT INTO "signals" VALUES('med_1KDWCJ2M0F8FF8SK93KF8HYMD',0,'sha256/1',X'0000000000000000000000000000000000000000000000000000000000000002',NULL);
INSERT INTO "signals" VALUES('med_1KDWCJ2M0F8FF8SK93KF8HYMD',1,'pdq/1',X'0000000000000000000000000000000000000002000000000000000000000000',100);
INSERT INTO "signals" VALUES('med_1KDWCJ2M0FH58DHZ1KWF0YJW3',0,'sha256/1',X'0000000000000000000000000000000000000000000000000000000000000003',NULL);
INSERT INTO "signals" VALUES('med_1KDWCJ2M0FH58DHZ1KWF0YJW3',1,'pdq/1',X'0000000000000000000000000000000000000003000000000000000000000000',100);
CREATE TABLE takedown_references (
	takedown_id VARCHAR(40) NOT NULL, 
	media_id VARCHAR(40) NOT NULL, 
	decision_id VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_takedown_references PRIMARY KEY (takedown_id, media_id), 
	CONSTRAINT fk_takedown_references_decision_id FOREIGN KEY(decision_id) REFERENCES decisions (id), 
	CONSTRAINT fk_takedown_references_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT fk_takedown_references_takedown_id FOREIGN KEY(takedown_id) REFERENCES takedowns (id)
);
INSERT INTO "takedown_references" VALUES('tkd_1KDWCJ2M0996MQJF3MV31W25D','med_1KDWCJ2M016JTGWH0QMAY39JV','dec_1KDWCJ2M05VBBJFZ3S1WRC2FD');
CREATE TABLE takedowns (
	id VARCHAR(40) NOT NULL, 
	case_id VARCHAR(40) NOT NULL, 
	decision_id VARCHAR(40) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	hash_action VARCHAR(30) NOT NULL, 
	created_at DATETIME NOT NULL, 
	effective_at DATETIME, 
	reversed_at DATETIME, 
	reversed_by VARCHAR(80), 
	reversal_reason TEXT, 
	subject_uploader_id VARCHAR(255), 
	low_quality BOOLEAN NOT NULL, 
	CONSTRAINT pk_takedowns PRIMARY KEY (id), 
	CONSTRAINT fk_takedowns_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
INSERT INTO "takedowns" VALUES('tkd_1KDWCJ2M0996MQJF3MV31W25D','case_1KDWCJ2M0PDRAAESVF2JM043Z','dec_1KDWCJ2M05VBBJFZ3S1WRC2FD','withdrawn','bank_context_free','2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000','2026-01-01 09:00:00.000000','receipt:SD-9JEK-SYVR-NQAR','a distinctive reason for withdrawing',NULL,0);
CREATE TABLE unfinished_searches (
	upload_id VARCHAR(40) NOT NULL, 
	encrypted_features BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	lease_id VARCHAR(40), 
	lease_until DATETIME, 
	CONSTRAINT pk_unfinished_searches PRIMARY KEY (upload_id), 
	CONSTRAINT fk_unfinished_searches_upload_id FOREIGN KEY(upload_id) REFERENCES uploads (id)
);
INSERT INTO "unfinished_searches" VALUES('upl_one',X'67414141414142724331592D504661787767393161525454474F4A62786E4E6537395065753351596E46386E6B46663843584D484F46674A70782D546E797A307A3256525031354944574E396D496F6D4234423542374E645A544C634E2D493336513D3D','2026-01-01 09:00:00.000000',NULL,NULL);
CREATE TABLE uploads (
	id VARCHAR(40) NOT NULL, 
	platform_id VARCHAR(255) NOT NULL, 
	uploader_id VARCHAR(255), 
	post_text TEXT, 
	url TEXT, 
	posted_at DATETIME, 
	registered_at DATETIME NOT NULL, 
	media_id VARCHAR(40) NOT NULL, 
	sha256 BLOB NOT NULL, 
	verdict VARCHAR(10) NOT NULL, 
	case_id VARCHAR(40), 
	index_version BIGINT NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_uploads PRIMARY KEY (id), 
	CONSTRAINT fk_uploads_media_id FOREIGN KEY(media_id) REFERENCES media (id), 
	CONSTRAINT uq_uploads_platform_id UNIQUE (platform_id)
);
INSERT INTO "uploads" VALUES('upl_one','post-1','user-1','the distinctive words of an upload''s post','https://example.org/distinctive-address',NULL,'2026-01-01 09:00:00.000000','med_1KDWCJ2M0FH58DHZ1KWF0YJW3',X'0000000000000000000000000000000000000000000000000000000000000000','allow',NULL,1,'{}');
INSERT INTO "uploads" VALUES('upl_two','post-2','user-1',NULL,NULL,NULL,'2026-01-01 09:00:00.000000','med_1KDWCJ2M0FH58DHZ1KWF0YJW3',X'0000000000000000000000000000000000000000000000000000000000000000','allow',NULL,1,'{}');
CREATE TABLE variants (
	media_id VARCHAR(40) NOT NULL, 
	signal_type VARCHAR(20) NOT NULL, 
	names JSON NOT NULL, 
	codes BLOB NOT NULL, 
	qualities JSON NOT NULL, 
	CONSTRAINT pk_variants PRIMARY KEY (media_id, signal_type), 
	CONSTRAINT fk_variants_media_id FOREIGN KEY(media_id) REFERENCES media (id)
);
CREATE INDEX ix_audit_log_subject_id ON audit_log (subject_id);
CREATE INDEX ix_cases_state_queue_deadline_id ON cases (state, queue, deadline, id);
CREATE INDEX ix_cases_takedown_id ON cases (takedown_id);
CREATE INDEX ix_cases_upload_id ON cases (upload_id);
CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);
CREATE INDEX ix_outbox_takedown_id ON outbox (takedown_id);
CREATE INDEX ix_decisions_case_id ON decisions (case_id);
CREATE INDEX ix_decisions_takedown_id ON decisions (takedown_id);
CREATE INDEX ix_media_case_id_position ON media (case_id, position);
CREATE INDEX ix_reports_case_id ON reports (case_id);
CREATE INDEX ix_takedowns_case_id ON takedowns (case_id);
CREATE INDEX ix_takedowns_state ON takedowns (state);
CREATE INDEX ix_appeals_case_id ON appeals (case_id);
CREATE INDEX ix_appeals_decision_id ON appeals (decision_id);
CREATE INDEX ix_items_media_id ON items (media_id);
CREATE INDEX ix_items_owner_id ON items (owner_id);
CREATE INDEX ix_previews_expires_at ON previews (expires_at);
CREATE INDEX ix_takedown_references_decision_id ON takedown_references (decision_id);
CREATE INDEX ix_uploads_uploader_id ON uploads (uploader_id);
CREATE INDEX ix_matches_takedown_id ON matches (takedown_id);
CREATE INDEX ix_matches_upload_id ON matches (upload_id);
CREATE INDEX ix_deliveries_takedown_id_id ON deliveries (takedown_id, id);
CREATE INDEX ix_deliveries_state_id ON deliveries (state, id);
CREATE INDEX ix_deliveries_due ON deliveries (destination_id, next_attempt_at, position) WHERE state IN ('pending', 'failed');
CREATE INDEX ix_deliveries_order ON deliveries (destination_id, takedown_id, position) WHERE state IN ('pending', 'failed');
CREATE INDEX ix_lookbacks_state ON lookbacks (state);
CREATE INDEX ix_lookbacks_takedown_id ON lookbacks (takedown_id);
CREATE INDEX ix_reports_target_received_at ON reports (target, received_at);
CREATE INDEX ix_reports_reporter_key_received_at ON reports (reporter_key, received_at);
CREATE INDEX ix_matches_lookback_id ON matches (lookback_id);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_jobs_file ON jobs (file);
CREATE INDEX ix_jobs_finished_at ON jobs (finished_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('items',2);
COMMIT;
