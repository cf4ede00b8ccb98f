/**
 * What a SQL server or its driver throws -> another try, or a StoreError.
 *
 * In: a call, and a server that can read its own errors. Out: the answer of the call, or a StoreError that keeps what
 * was thrown as its cause. Must not know which server it is.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import { type ErrorCode, StoreError } from '../../errors.ts'

/** What an error of the server means. */
export interface Finding {
  /**
   * `missing table`: it is made, where that was asked for. `conflict`: the server took back a statement in favour of
   * another, and it can be run again. Anything else is for the caller.
   */
  readonly kind?: 'missing table' | 'conflict'
  /** `STORE_FAILED` unless told. */
  readonly code?: ErrorCode
  /** What was found, and what to do. */
  readonly found: string
  /** What the server calls it. */
  readonly serverCode: string | number
}

/** A server, as far as its failures go. */
export interface Server {
  readonly name: string
  explain(cause: unknown): Finding
  /** Makes the tables. `null`: the caller did not ask for that. */
  readonly setUp: (() => Promise<void>) | null
}

/** So often one statement loses to others before that is a failure. */
const ATTEMPTS = 8

/** Runs `call`, again after a conflict, and again after the missing tables were made. Rejects with StoreError only. */
export async function attempt<Answer>(server: Server, what: string, call: () => Promise<Answer>): Promise<Answer> {
  let { setUp } = server
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (cause) {
      if (cause instanceof StoreError) throw cause
      const finding = server.explain(cause)
      if (finding.kind === 'missing table' && setUp !== null) {
        await setUp()
        setUp = null
      } else if (finding.kind === 'conflict' && tries < ATTEMPTS) {
        // Those who met should not meet again: up to 2, 4, 8 … 128 ms.
        await setTimeout(Math.random() * 2 ** tries)
      } else {
        throw storeError(server, what, finding, cause)
      }
    }
  }
}

/** The tables are made by one call at a time; those who come meanwhile wait for it. */
export function once(setUp: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null
  return () => {
    underWay ??= setUp().finally(() => {
      underWay = null
    })
    return underWay
  }
}

function storeError(server: Server, what: string, finding: Finding, cause: unknown): StoreError {
  const { code = 'STORE_FAILED', found, serverCode } = finding
  return new StoreError(code, `Cannot ${what} in ${server.name}: ${found}`, { cause, details: { serverCode } })
}
