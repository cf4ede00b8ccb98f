/**
 * `sojourn/auth`: login, logout, second factor, guards, the current user, passwords.
 *
 * @module
 */

export type { GuardDecision } from '../session/decision.ts'
export type { Attempt, AttemptLimiter, AttemptsOptions } from './attempts.ts'
export { createAuth } from './auth.ts'
export type { Auth, Device, LoginOptions } from './contract.ts'
export type { AuthOptions } from './options.ts'
export { createPasswords, hashPassword, needsRehash, verifyPassword } from './password.ts'
export type { FreshOptions, PermitRule, Requirement } from './requirement.ts'
export type { SessionLimitOptions } from './session-limit.ts'
