// What the honest clients of a flood know.

/** An account with a session for the whole run. @param {import("../rig/rig.mjs").Rig} rig @returns {Promise<import("./requests.mjs").Secrets>} */
export async function secretsOf(rig) {
  const [{ url }] = rig.edges;
  const account = { username: "honest", email: "honest@example.com", password: "a walk in the rain" };
  const address = { "cf-connecting-ip": "203.0.113.251" };
  await rig.ask(url, "POST", "/api/users", account, address);
  const form = new URLSearchParams({ username: account.email, password: account.password }).toString();
  const answer = await rig.ask(url, "POST", "/api/users/token", form, { ...address, "content-type": "application/x-www-form-urlencoded" });
  return {
    keys: rig.settings.EDGE_ORIGIN_KEYS,
    tokenKeys: rig.settings.RESET_PASSWORD_TOKEN_SECRET,
    session: answer.json.access_token,
  };
}
