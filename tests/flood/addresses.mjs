// The client addresses of a flood: a million different ones from a few prefixes, such as one attacker can rent; and those of the honest
// clients, from other networks. All are from ranges reserved for documentation and tests.

/** The number of a flood's addresses. */
export const CROWD = 1_000_000;

const SUBNETS_OF_48 = 65_536; // each a /64, which the edge counts as a client
const SUBNETS_OF_56 = 256;
const HONEST = 200;

/** @param {number} value */
function hex(value) {
  return value.toString(16);
}

/** @param {number} n 0 to 699,999: one for each /64 of eleven /48s */
function outOfSlash48(n) {
  return `2001:db8:${hex(1 + Math.floor(n / SUBNETS_OF_48))}:${hex(n % SUBNETS_OF_48)}::${hex(1 + (n % 9973))}`;
}

/** @param {number} n 0 to 199,999: out of four /16s */
function outOfIpv4(n) {
  return `100.${64 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

/** @param {number} n 0 to 99,999: the 1,024 /64s of four /56s, over and over with another host */
function outOfSlash56(n) {
  const subnet = n % (4 * SUBNETS_OF_56);
  return `2001:db8:ffff:${hex(subnet)}::${hex(1 + Math.floor(n / (4 * SUBNETS_OF_56)))}`;
}

/**
 * @param {number} index
 * @returns {string} a client's address, a different one for each index below CROWD
 */
export function crowdAddress(index) {
  const n = index % CROWD;
  const [tens, ones] = [Math.floor(n / 10), n % 10];
  if (ones < 7) return outOfSlash48(tens * 7 + ones);
  return ones < 9 ? outOfIpv4(tens * 2 + ones - 7) : outOfSlash56(tens);
}

/** @param {number} index @returns {string} from one /56, from each of its 256 networks in turn */
export function onePrefixAddress(index) {
  return `2001:db8:fffe:${hex(index % SUBNETS_OF_56)}::${hex(1 + Math.floor(index / SUBNETS_OF_56))}`;
}

/** @param {number} index @returns {string} an honest client's, half of them IPv4; never in the crowd */
export function honestAddress(index) {
  const n = index % HONEST;
  return n % 2 === 0 ? `203.0.113.${n + 1}` : `3fff:0:${hex(n)}::1`;
}

/** The address of the greedy client, which alone asks more often than the limit allows. */
export const GREEDY_ADDRESS = "203.0.113.250";
