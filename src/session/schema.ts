/**
 * Data that is not what the app expects is no session.
 *
 * In: a live session and the app's Standard Schema. Out: the session with the data the schema made of it, or the reason
 * `schema`. Must not know: which validation library it is.
 *
 * @module
 */

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { ConfigError } from '../errors.ts'
import type { JsonObject } from '../record/json.ts'
import type { Admit, Held, Opened } from '../transport/transport.ts'

/**
 * Judges what was read, every time it is read: an `update` that is run again must see what it saw the first time.
 *
 * A schema that cannot be used makes the session unreadable: a ConfigError OPTION_INVALID at first touch.
 */
export function admitBySchema(schema: StandardSchemaV1 | null): Admit {
  return schema === null ? (held) => ({ type: 'live', held }) : (held) => judge(schema, held)
}

function judge<H extends Held>(schema: StandardSchemaV1, held: H): Opened<H> {
  const { data } = held.record
  // Nothing was put in yet, so what an app requires cannot be there: a session of somebody who only logged in.
  if (Object.keys(data).length === 0) return { type: 'live', held }
  let result: ReturnType<StandardSchemaV1['~standard']['validate']>
  try {
    result = schema['~standard'].validate(data)
  } catch (cause) {
    return {
      type: 'failed',
      error: unusable('it threw. Its own error is in the cause of this one', cause),
      id: held.id,
    }
  }
  if (result instanceof Promise) {
    result.catch(() => undefined)
    const reason =
      'it answered with a promise, and sessions are read synchronously. Leave out what makes it asynchronous'
    return { type: 'failed', error: unusable(reason), id: held.id }
  }
  if (result.issues !== undefined) return { type: 'refused', reason: 'schema', grave: false }
  return { type: 'live', held: { ...held, record: { ...held.record, data: result.value as JsonObject } } }
}

function unusable(reason: string, cause?: unknown): ConfigError {
  const options = { details: { option: 'schema' }, ...(cause !== undefined && { cause }) }
  return new ConfigError('OPTION_INVALID', `Cannot use the option "schema": ${reason}`, options)
}
