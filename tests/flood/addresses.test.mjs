// The crowd has the stated size and networks, and no honest client is in them.
import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";

import { CROWD, GREEDY_ADDRESS, crowdAddress, honestAddress, onePrefixAddress } from "./addresses.mjs";

/** @param {string} address in the generator's spelling @returns {string} its /48 or /16 */
function networkOf(address) {
  return isIPv4(address) ? address.split(".").slice(0, 2).join(".") : address.split(":").slice(0, 3).join(":");
}

test("a million client addresses, all different, come out of sixteen networks", () => {
  const addresses = new Set();
  const networks = new Set();
  for (let i = 0; i < CROWD; ++i) {
    const address = crowdAddress(i);
    addresses.add(address);
    if (i % 7 === 0) networks.add(networkOf(address)); // reaches all ten kinds: 7 and 10 have no common divisor
  }
  assert.equal(addresses.size, 1_000_000);
  assert.equal(networks.size, 16); // eleven /48s, four /16s, and the /48 of the four /56s
});

test("all are valid addresses, seven of ten in a /64 of their own", () => {
  const sample = Array.from({ length: 10_000 }, (_, i) => crowdAddress(i * 97));
  assert.ok(sample.every((address) => isIPv4(address) || isIPv6(address)));
  const subnets = new Set(sample.filter((address) => isIPv6(address)).map((address) => address.split(":").slice(0, 4).join(":")));
  assert.ok(subnets.size > 7000, `${subnets.size} networks`);
});

test("the attack from one prefix has 256 networks with several hosts each", () => {
  const addresses = Array.from({ length: 1000 }, (_, i) => onePrefixAddress(i));
  assert.equal(new Set(addresses).size, 1000);
  assert.equal(new Set(addresses.map((address) => address.split("::")[0])).size, 256);
});

test("no honest client is in the crowd's networks", () => {
  const crowd = new Set(Array.from({ length: CROWD / 100 }, (_, i) => networkOf(crowdAddress(i * 100))));
  const honest = [...Array.from({ length: 200 }, (_, i) => honestAddress(i)), GREEDY_ADDRESS];
  assert.equal(new Set(honest).size, 201);
  assert.ok(honest.every((address) => (isIPv4(address) || isIPv6(address)) && !crowd.has(networkOf(address))));
});
