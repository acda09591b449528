// A client of Rekey for Android: recovery by code or by link, log-in, the session and its account. It needs the platform alone:
// HttpURLConnection and org.json. Every call blocks: make it away from the main thread, in a coroutine on Dispatchers.IO or in a worker.
//
// Keep the session's token where the platform keeps secrets, and the recovery id until the new password is set. A call that may be sent
// again without a second effect is sent again when its answer is lost, or after Retry-After, if that is short.
package org.rekey.client

import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import java.net.URLEncoder
import java.util.UUID
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

data class User(
    val id: String,
    val username: String,
    val email: String,
    val isActive: Boolean,
    val isVerified: Boolean,
    val isSuperuser: Boolean
)

data class NewUser(val id: String, val username: String, val email: String)

data class Token(val accessToken: String, val tokenType: String, val expiresIn: Int)

data class Session(
    val id: String,
    val current: Boolean,
    val browser: String,
    val system: String,
    val country: String,
    val startedAt: String,
    val renewedAt: String?,
    val expiresAt: String
)

data class FieldError(val pointer: String, val detail: String, val reason: String)

/**
 * A refusal. Branch on [type], such as "bad-token", and on the reason of a field; [title] and [detail] are for people, in their language.
 * [retryAfter] is in seconds, null if waiting does not help; [requestId] is for the operator, who finds it in the logs.
 */
class RekeyException(
    val type: String,
    val status: Int,
    val title: String,
    val detail: String,
    val fields: List<FieldError>,
    val retryAfter: Int?,
    val requestId: String
) : IOException(detail)

/** The token in a mail's link, with which the system opened the application; null for another link. */
fun tokenOf(link: String): String? = Regex("#token=([A-Za-z0-9_-]{72})$").find(link)?.groupValues?.get(1)

/**
 * In: [base] is the address of the edge, such as "https://account.example.com"; [token] that of an earlier run; [onToken] gets each new
 * token to store, and null when there is none any more; [language] is for the texts of errors, as in Accept-Language. [device] is the
 * device id of an earlier run, with which the limits count this device by itself, not with all others behind its address; [onDevice] gets
 * each new one, to be stored for longer than the token.
 */
class Rekey(
    base: String,
    token: String? = null,
    private val language: String = "",
    private val onToken: (String?) -> Unit = {},
    @Volatile private var device: String? = null,
    private val onDevice: (String) -> Unit = {}
) {
    private val base = base.trimEnd('/')

    @Volatile
    var token: String? = token
        private set

    // --- recovery

    /** Returns the recovery id, for the code in the mail. It is the same kind of answer for every address. */
    fun forgotPassword(email: String): String =
        send(Call("POST", "/api/users/forgot-password", mapOf("email" to email))).getString("recovery_id")

    /** Throws "bad-token" for a code that does not work; each wrong one costs one of five tries. */
    fun checkRecoveryCode(recoveryId: String, code: String) {
        send(Call("POST", "/api/users/recovery/check", mapOf("recovery_id" to recoveryId, "code" to code)))
    }

    fun resetPasswordByCode(recoveryId: String, code: String, newPassword: String) {
        send(Call("POST", "/api/users/reset-password", mapOf("recovery_id" to recoveryId, "code" to code, "new_password" to newPassword), key = newKey()))
    }

    fun resetPasswordByToken(token: String, newPassword: String) {
        send(Call("POST", "/api/users/reset-password", mapOf("token" to token, "new_password" to newPassword), key = newKey()))
    }

    fun cancelReset(token: String, email: String) {
        send(Call("POST", "/api/users/reset-password/cancel", mapOf("token" to token, "email" to email), Repeats.SAFELY))
    }

    // --- accounts and sessions

    fun register(username: String, email: String, password: String): NewUser =
        send(Call("POST", "/api/users", mapOf("username" to username, "email" to email, "password" to password), key = newKey())).toNewUser()

    fun logIn(email: String, password: String): Token =
        keep(send(Call("POST", "/api/users/token", mapOf("grant_type" to "password", "username" to email, "password" to password), form = Form.URL_ENCODED)))

    /** In the last third of a token's life is a good time. Throws "not-renewed" if the session can last no longer. */
    fun renewToken(): Token = keep(send(Call("POST", "/api/users/token/renew", repeats = Repeats.SAFELY)))

    fun logout() {
        send(Call("POST", "/api/users/logout", repeats = Repeats.SAFELY))
        replaceToken(null)
    }

    fun me(): User = send(Call("GET", "/api/users/me", repeats = Repeats.SAFELY)).toUser()

    /** This session lives on, all others end. */
    fun changePassword(currentPassword: String, newPassword: String) {
        send(Call("PATCH", "/api/users/me/password", mapOf("current_password" to currentPassword, "new_password" to newPassword), key = newKey()))
    }

    fun sessions(): List<Session> =
        send(Call("GET", "/api/users/me/sessions", repeats = Repeats.SAFELY)).getJSONArray("sessions").map { it.toSession() }

    fun endSession(id: String) {
        send(Call("DELETE", "/api/users/me/sessions/" + encode(id), repeats = Repeats.SAFELY))
    }

    fun endOtherSessions() {
        send(Call("DELETE", "/api/users/me/sessions", repeats = Repeats.SAFELY))
    }

    // --- one call

    private fun send(call: Call): JSONObject {
        val repeats = call.key != null || call.repeats == Repeats.SAFELY
        repeat(ATTEMPTS - 1) {
            try {
                return sendOnce(call)
            } catch (fault: IOException) {
                val pause = pauseAfter(fault, repeats)
                if (pause == null || pause > LONGEST_PAUSE_SECONDS) throw fault
                Thread.sleep(pause * 1000L)
            }
        }
        return sendOnce(call)
    }

    /** Throws RekeyException for a refusal, another IOException if there is no answer. */
    private fun sendOnce(call: Call): JSONObject {
        val sent = token
        val connection = URL(base + call.path).openConnection() as HttpURLConnection
        try {
            prepare(connection, call)
            if (call.fields.isNotEmpty()) connection.outputStream.use { it.write(call.body()) }
            connection.getHeaderField("Rekey-Device")?.let { keepDevice(it) }
            if (connection.responseCode in 200..299) return parse(connection.inputStream.bufferedReader().readText())
            throw refusalOf(connection).also { if (it.type == "no-session" && token == sent) replaceToken(null) }
        } finally {
            connection.disconnect()
        }
    }

    private fun prepare(connection: HttpURLConnection, call: Call) {
        connection.requestMethod = call.method
        connection.connectTimeout = DEADLINE_MS
        connection.readTimeout = DEADLINE_MS
        connection.instanceFollowRedirects = false
        connection.doOutput = call.fields.isNotEmpty()
        connection.setRequestProperty("Accept", "application/json")
        if (call.fields.isNotEmpty()) connection.setRequestProperty("Content-Type", call.form.mediaType)
        if (language.isNotEmpty()) connection.setRequestProperty("Accept-Language", language)
        call.key?.let { connection.setRequestProperty("Idempotency-Key", it) }
        device?.let { connection.setRequestProperty("Rekey-Device", it) }
        token?.let { connection.setRequestProperty("Authorization", "Bearer $it") }
    }

    private fun keep(answer: JSONObject): Token = answer.toToken().also { replaceToken(it.accessToken) }

    private fun keepDevice(next: String) {
        device = next
        onDevice(next)
    }

    private fun replaceToken(next: String?) {
        token = next
        onToken(next)
    }
}

private const val ATTEMPTS = 3
private const val LONGEST_PAUSE_SECONDS = 10 // a longer one is for the reader to decide
private const val DEADLINE_MS = 10_000 // to connect, and to read: three attempts begin in the minute in which a renewed token still works
private const val PREFIX = "urn:rekey:problem:"

private enum class Form(val mediaType: String) { JSON("application/json"), URL_ENCODED("application/x-www-form-urlencoded") }

/** Whether a call may be sent again, also when nobody knows if it was carried out. One with a key may, too. */
private enum class Repeats { NEVER, SAFELY }

private class Call(
    val method: String,
    val path: String,
    val fields: Map<String, String> = emptyMap(),
    val repeats: Repeats = Repeats.NEVER,
    val form: Form = Form.JSON,
    val key: String? = null
) {
    fun body(): ByteArray = when (form) {
        Form.JSON -> JSONObject(fields).toString()
        Form.URL_ENCODED -> fields.entries.joinToString("&") { encode(it.key) + "=" + encode(it.value) }
    }.toByteArray()
}

private fun newKey() = UUID.randomUUID().toString()

private fun encode(text: String): String = URLEncoder.encode(text, "UTF-8")

/** An answer that was cut short counts as lost. */
private fun parse(text: String): JSONObject = try {
    if (text.isEmpty()) JSONObject() else JSONObject(text)
} catch (fault: JSONException) {
    throw IOException("the answer is not JSON", fault)
}

private fun refusalOf(connection: HttpURLConnection): RekeyException {
    val text = connection.errorStream?.bufferedReader()?.readText().orEmpty()
    val problem = try { JSONObject(text) } catch (fault: JSONException) { JSONObject() }
    return RekeyException(
        type = problem.optString("type").let { if (it.startsWith(PREFIX)) it.removePrefix(PREFIX) else "unknown" },
        status = connection.responseCode,
        title = problem.optString("title"),
        detail = problem.optString("detail", "status ${connection.responseCode}"),
        fields = problem.optJSONArray("errors")?.map { it.toFieldError() }.orEmpty(),
        retryAfter = connection.getHeaderField("Retry-After")?.toIntOrNull(),
        requestId = connection.getHeaderField("X-Request-Id").orEmpty()
    )
}

/** Returns seconds; null where sending again would not help, or might do the work twice: a 429 may hide that a code was wrong. */
private fun pauseAfter(fault: IOException, repeats: Boolean): Int? {
    if (!repeats) return null
    if (fault !is RekeyException) return 1
    val passes = fault.status == 429 || fault.status == 503 || fault.type == "call-under-way"
    return if (passes) fault.retryAfter else null
}

private fun <T> JSONArray.map(each: (JSONObject) -> T): List<T> = (0 until length()).map { each(getJSONObject(it)) }

private fun JSONObject.toUser() = User(
    getString("id"), getString("username"), getString("email"), getBoolean("is_active"), getBoolean("is_verified"), getBoolean("is_superuser")
)

private fun JSONObject.toNewUser() = NewUser(getString("id"), getString("username"), getString("email"))

private fun JSONObject.toToken() = Token(getString("access_token"), getString("token_type"), getInt("expires_in"))

private fun JSONObject.toSession() = Session(
    getString("id"), getBoolean("current"), getString("browser"), getString("system"), getString("country"), getString("started_at"),
    if (isNull("renewed_at")) null else getString("renewed_at"), getString("expires_at")
)

private fun JSONObject.toFieldError() = FieldError(getString("pointer"), getString("detail"), getString("reason"))
