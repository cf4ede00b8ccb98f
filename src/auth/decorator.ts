/**
 * `sojourn/auth/decorator`: the guards for class controllers, as standard (TC39) method decorators.
 *
 * In: a method whose first argument is the request, as `sessions.of` takes it. Out: a method that runs only where the guard
 * lets the request pass, and else throws a RefusalError, which every adapter answers as its own guard would. Must not know:
 * frameworks.
 *
 * @module
 */

import { RefusalError } from '../session/decision.ts'
import type { Auth } from './contract.ts'
import { type FreshOptions, freshLogin, type PermitRule, permitted, type Requirement } from './requirement.ts'

/** A method of a controller; async, because a guard has to wait. */
type Method<This, Args extends [request: object, ...rest: unknown[]], Result> = (
  this: This,
  ...args: Args
) => Promise<Result>

/** A standard method decorator: the method is what it was, behind the guard. */
export type GuardDecorator = <This, Args extends [request: object, ...rest: unknown[]], Result>(
  method: Method<This, Args, Result>,
  context: ClassMethodDecoratorContext<This, Method<This, Args, Result>>,
) => Method<This, Args, Result>

/** Only for those who are logged in: `@loginRequired(auth)`. */
export function loginRequired<User, Data extends object>(auth: Auth<User, Data>): GuardDecorator {
  return guarded(auth, {})
}

/**
 * Only for those who entered their password lately: `@freshLoginRequired(auth, { within: '5m' })`.
 * @throws ConfigError OPTION_INVALID
 */
export function freshLoginRequired<User, Data extends object>(
  auth: Auth<User, Data>,
  options: FreshOptions,
): GuardDecorator {
  return guarded(auth, freshLogin(options))
}

/**
 * Only for those whom the rule allows: `@permit(auth, (user) => user.role === 'admin')`.
 * @throws ConfigError OPTION_INVALID
 */
export function permit<User, Data extends object>(auth: Auth<User, Data>, rule: PermitRule<User>): GuardDecorator {
  return guarded(auth, permitted(rule))
}

function guarded<User, Data extends object>(auth: Auth<User, Data>, requirement: Requirement<User>): GuardDecorator {
  return (method) =>
    async function (...args) {
      const [request] = args
      const decision = await auth.guard(request, requirement)
      if (decision.type !== 'pass') throw new RefusalError(decision)
      return method.apply(this, args)
    }
}
