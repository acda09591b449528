// SQL that inserts reset links as if their mails had been sent: each with its request, its delivery and its token. For tests and
// instruments that need links without waiting for mails.

/**
 * @param {string} links a query for `hash` (SHA-256 of a token, as bytea) and `owner` (the account's id), one row for each link
 * @param {{createdAt?: string, expiresAt?: string, agent?: string}} [traits] in SQL; `agent`: the text of the request's User-Agent
 * @returns {string} one statement
 */
export function plantedLinks(links, { createdAt = "now()", expiresAt = "now() + interval '30 minutes'", agent = "" } = {}) {
  return `${plantedDeliveries(links, { expiresAt, agent })}
    INSERT INTO reset_tokens (token_hash, user_id, delivery, account_fingerprint, created_at, expires_at)
    SELECT delivery.token_hash, users.id, delivery.id, account_fingerprint(password_hash, email), ${createdAt}, ${expiresAt}
    FROM delivery JOIN users ON users.id::text = delivery.user_id`;
}

/**
 * The same without the tokens: links that were used, replaced or cancelled.
 * @param {string} links
 * @param {{expiresAt?: string, agent?: string}} [traits]
 * @returns {string} one statement
 */
export function plantedDeadLinks(links, { expiresAt = "now() + interval '30 minutes'", agent = "" } = {}) {
  return `${plantedDeliveries(links, { expiresAt, agent })} SELECT count(*) FROM delivery`;
}

/** @param {string} links @param {{expiresAt: string, agent: string}} traits @returns {string} the beginning of a statement, with the CTE `delivery` */
function plantedDeliveries(links, { expiresAt, agent }) {
  return `
    WITH link AS MATERIALIZED (${links}),
    request AS (
      INSERT INTO reset_requests (request_id, email, state, ended_at, client_ip, user_agent, country, accept_language)
      SELECT encode(hash, 'hex'), lower(email COLLATE "C"), 'sent', now(), '', '${agent}', '', '' FROM link JOIN users ON users.id = owner
      RETURNING id, request_id),
    delivery AS (
      INSERT INTO deliveries (kind, user_id, reset_request, state, due_at, ended_at, deliver_by, attempt, token_hash, token_expires_at,
                              request_id, client_ip, user_agent, country, accept_language)
      SELECT 'reset', owner, request.id, 'sent', NULL, now(), now(), 1, hash, ${expiresAt}, request_id, '', '${agent}', '', ''
      FROM link JOIN request ON request_id = encode(hash, 'hex')
      RETURNING id, user_id, token_hash)`;
}
