/**
 * What every route of the lab works with.
 */

import type { Mode, StoreName } from './args.ts'
import type { LabAuth, LabSessions } from './sessions.ts'
import type { Users } from './users.ts'

export interface Lab {
  /** Where the lab lives, such as `https://localhost:8443`. */
  readonly origin: string
  readonly sessions: LabSessions
  readonly auth: LabAuth
  readonly users: Users
  readonly mode: Mode
  readonly store: StoreName
}
