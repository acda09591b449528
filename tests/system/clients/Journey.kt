// The whole journey by the Kotlin client, against the edge of the first argument. It asks its test for what a mail holds: it prints
// `code ADDRESS` or `link ADDRESS`, and reads a line. A claim that does not hold ends it with an exception.
package org.rekey.client

import java.net.HttpURLConnection

fun main(words: Array<String>) {
    allowPatch()
    val (edge, username, first, second, third) = words
    val person = Person(edge, "$username@example.com")
    person.recoverByCode(person.register(username, first), second)
    person.useSessions(second, third)
    person.recoverByLink(first)
    person.readRefusal()
    println("done")
}

private class Person(private val edge: String, private val email: String) {
    private val tokens = mutableListOf<String?>()
    private val devices = mutableListOf<String>()
    private val rekey = newClient()

    private fun newClient() = Rekey(edge, onToken = { tokens.add(it) }, onDevice = { devices.add(it) })

    fun register(username: String, password: String): NewUser = rekey.register(username, email, password)

    fun recoverByCode(account: NewUser, password: String) {
        val recoveryId = rekey.forgotPassword(email)
        val code = ask("code", email)
        expectRefusal("bad-token") { rekey.checkRecoveryCode(recoveryId, if (code == "00000000") "00000001" else "00000000") }
        rekey.checkRecoveryCode(recoveryId, code.take(4) + " " + code.drop(4))
        expectRefusal("password-refused", "common") { rekey.resetPasswordByCode(recoveryId, code, "password") }
        rekey.resetPasswordByCode(recoveryId, code, password)
        rekey.logIn(email, password)
        check(rekey.me().run { listOf(id, username, email) } == account.run { listOf(id, username, email) })
        check(devices.isNotEmpty() && devices.all { it.length == 72 }) { devices.toString() }
    }

    fun useSessions(password: String, next: String) {
        val token = rekey.token
        check(rekey.renewToken().accessToken != token && rekey.token != token)
        val others = listOf(newClient(), newClient())
        others.forEach { it.logIn(email, password) }
        check(rekey.sessions().run { size == 3 && first().current && all { it.expiresAt.isNotEmpty() } })
        rekey.endSession(rekey.sessions().last().id)
        check(rekey.sessions().size == 2)
        rekey.endOtherSessions()
        others.forEach { expectRefusal("no-session") { it.me() } }
        check(others.all { it.token == null })
        rekey.changePassword(password, next)
        expectRefusal("wrong-password") { rekey.changePassword(password, next) }
        rekey.logout()
        check(rekey.token == null && tokens.last() == null)
    }

    fun recoverByLink(password: String) {
        rekey.forgotPassword(email)
        val link = ask("link", email)
        val token = checkNotNull(tokenOf(link))
        rekey.resetPasswordByToken(token, password)
        rekey.cancelReset(token, email) // too late to change anything
        expectRefusal("bad-token") { rekey.resetPasswordByToken(token, password) }
        rekey.logIn(email, password)
        check(tokenOf("https://account.example.com/login") == null)
    }

    fun readRefusal() {
        val german = Rekey(edge, language = "de")
        val refusal = expectRefusal("invalid-fields", "invalid_email") { german.register("somebody", "nobody", "a walk in the rain") }
        check(refusal.fields.single().detail == "Das ist keine E-Mail-Adresse.")
        check(refusal.requestId.length == 22)
    }
}

private fun ask(what: String, email: String): String {
    println("$what $email")
    return checkNotNull(readLine())
}

private fun expectRefusal(type: String, reason: String? = null, call: () -> Unit): RekeyException {
    val refusal = try { call(); null } catch (refusal: RekeyException) { refusal }
    checkNotNull(refusal) { "not refused: $type" }
    check(refusal.type == type && refusal.fields.firstOrNull()?.reason == reason) { "${refusal.type} ${refusal.fields}, not $type $reason" }
    return refusal
}

/** Java's HttpURLConnection refuses PATCH, which Android's knows. Needs --add-opens java.base/java.net=ALL-UNNAMED. */
private fun allowPatch() {
    val field = HttpURLConnection::class.java.getDeclaredField("methods").apply { isAccessible = true }
    @Suppress("UNCHECKED_CAST")
    val methods = field.get(null) as Array<String>
    methods[methods.indexOf("TRACE")] = "PATCH"
}
