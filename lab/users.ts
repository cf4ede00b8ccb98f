/**
 * The people who may log in.
 *
 * In: names and hashes of passwords. Out: users, or `null`. Must not know: passwords, sessions, requests.
 */

import { randomUUID } from 'node:crypto'
import type { Database } from './database.ts'

export interface User {
  readonly id: string
  readonly name: string
  readonly passwordHash: string
  /** Milliseconds since the epoch. */
  readonly created: number
}

export interface Users {
  find(id: string): User | null
  findByName(name: string): User | null
  /** `null`: the name is taken, in whatever case. */
  add(name: string, passwordHash: string, now: number): User | null
  changePasswordHash(id: string, passwordHash: string): void
}

// `name_key` and not COLLATE NOCASE, which folds only ASCII: "ÄDA" and "äda" would be two people.
const TABLE = `CREATE TABLE IF NOT EXISTS users (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  name_key      TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created       INTEGER NOT NULL
) STRICT`

const COLUMNS = 'id, name, password_hash AS "passwordHash", created'

/** The users in this database; its table is made if it is missing. */
export function createUsers(database: Database): Users {
  database.exec(TABLE)
  const byId = database.prepare(`SELECT ${COLUMNS} FROM users WHERE id = ?`)
  const byName = database.prepare(`SELECT ${COLUMNS} FROM users WHERE name_key = ?`)
  const insert = database.prepare(
    'INSERT INTO users (id, name, name_key, password_hash, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const changeHash = database.prepare('UPDATE users SET password_hash = ? WHERE id = ?')

  return {
    find: (id) => toUser(byId.get(id)),
    findByName: (name) => toUser(byName.get(nameKey(name))),
    add(name, passwordHash, now) {
      const user: User = { id: randomUUID(), name, passwordHash, created: now }
      // Two people may ask for one name at once: the database decides, not a look beforehand.
      const { changes } = insert.run(user.id, name, nameKey(name), passwordHash, now)
      return Number(changes) === 1 ? user : null
    },
    changePasswordHash(id, passwordHash) {
      changeHash.run(passwordHash, id)
    },
  }
}

function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

function toUser(row: unknown): User | null {
  return row === undefined ? null : (row as User)
}
