// The steps of recovery by code, as a visitor makes them.
import { isResetMail } from "../system/account.mjs";
import { codeOf } from "../system/code.mjs";

/** @typedef {import("./visitor.mjs").Visitor} Visitor */

/** @param {import("../system/stack.mjs").Stack} stack @param {Visitor} visitor @param {string} email @returns {Promise<string>} the code of the mail */
export async function askForCode(stack, visitor, email) {
  await visitor.goto("/forgot-password");
  await visitor.submit({ email });
  await visitor.sees("#sent-heading");
  return codeOf(await stack.mailBox.waitFor(email, { where: isResetMail }));
}

/** @param {Visitor} visitor @param {string} code */
export async function typeCode(visitor, code) {
  await visitor.page.fill("#code", code);
  await visitor.page.click("#check");
}

/** @param {Visitor} visitor @param {string} first @param {string} [second] */
export async function choosePassword(visitor, first, second = first) {
  await visitor.page.fill("#new-password", first);
  await visitor.page.fill("#repeat-password", second);
  await visitor.page.click("#save");
}

/** In two groups of four, as the mail shows it. @param {string} code */
export const grouped = (code) => `${code.slice(0, 4)} ${code.slice(4)}`;
