// Answers are counted by their framing, however the bytes are cut.
import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerReader } from "./answer_reader.mjs";

const WITH_LENGTH = "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello";
const IN_CHUNKS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n";
const WITHOUT_BODY = "HTTP/1.1 204 No Content\r\n\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** @param {string} text */
const bytes = (text) => Buffer.from(text, "latin1");

test("consecutive answers are counted separately", () => {
  assert.deepEqual(new AnswerReader().feed(bytes(WITH_LENGTH + IN_CHUNKS + WITHOUT_BODY + WITH_LENGTH)), [202, 200, 204, 202]);
});

test("byte by byte they are the same", () => {
  const reader = new AnswerReader();
  const statuses = [...(IN_CHUNKS + WITH_LENGTH + WITHOUT_BODY)].flatMap((byte) => reader.feed(bytes(byte)));
  assert.deepEqual(statuses, [200, 202, 204]);
});

test("100 is not an answer", () => {
  assert.deepEqual(new AnswerReader().feed(bytes(CONTINUE + WITH_LENGTH)), [202]);
});

test("an incomplete answer counts only when the connection ends", () => {
  const reader = new AnswerReader();
  assert.deepEqual(reader.feed(bytes("HTTP/1.1 431 Too Large\r\nContent-Length: 10\r\n\r\nhalf")), []);
  assert.deepEqual(reader.end(), [431]);
  assert.deepEqual(reader.end(), []);
});

test("bytes that are not HTTP have status 0", () => {
  assert.deepEqual(new AnswerReader().feed(bytes("SMTP 220 hello\r\n\r\n")), [0]);
});
