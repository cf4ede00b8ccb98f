/**
 * `sojourn/auth`: login, logout, the current user, passwords.
 *
 * @module
 */

export { type Auth, type AuthOptions, createAuth } from './auth.ts'
export type { GuardDecision } from './guard.ts'
export { createPasswords, hashPassword, needsRehash, verifyPassword } from './password.ts'
