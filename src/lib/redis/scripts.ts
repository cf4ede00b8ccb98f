/**
 * The writes of a Redis store, each one Lua script over one key: a question and its answer that nobody comes between.
 *
 * In: texts made by row.ts. Out: `{answer, left}`, where `left` is what the owner's index need no longer list: listId and
 * owner, or nothing. Must not know which client sends them. Numbers are compared here and never written: Lua would round
 * their text.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** A script and the name Redis has for it once it has seen it. */
export interface Script {
  readonly source: string
  readonly sha: string
}

// Bytes 0 to 77 are enough to judge by; only what leaves an index needs the whole owner.
const LOOK = `
local row = redis.call('GETRANGE', KEYS[1], 0, 77)
if row ~= '' and string.sub(row, 1, 1) ~= '1' then return {'foreign', ''} end
local now = tonumber(ARGV[1])
local expiresAt = row ~= '' and tonumber(string.sub(row, 20, 36))
local taken = expiresAt and expiresAt > now
local grave = string.sub(row, 2, 2) == 'g'
local owned = string.sub(row, 2, 2) == 'l' and string.sub(row, 78, 78) == '@'
local listing = string.sub(row, 49, 77)
local function listed()
  if not owned then return '' end
  local owner = string.match(redis.call('GETRANGE', KEYS[1], 77, -1), '^@([^\\n]*)')
  return string.sub(row, 49, 60) .. owner
end
local function ownedBy(line)
  return owned and redis.call('GETRANGE', KEYS[1], 77, 76 + #line) == line
end
local function listedUntil(text)
  return tonumber(string.sub(row, 61, 77)) >= tonumber(text)
end
local function lastAtLeast(ttl)
  if redis.call('PTTL', KEYS[1]) < tonumber(ttl) then redis.call('PEXPIRE', KEYS[1], ttl) end
end
-- Writes what is there already: a WAIT waits for writes of its own connection, and answers at once where it had none.
local function touch(asked)
  if asked == '1' then redis.call('SETRANGE', KEYS[1], 36, string.sub(row, 37, 48)) end
end
`

/** now, writeId, head, listing, tail, ttl, confirm -> done | taken */
export const CREATE = script(`${LOOK}
if taken then
  touch(ARGV[7])
  -- A client that lost its connection may send a call again that had been made.
  return {string.sub(row, 37, 48) == ARGV[2] and 'done' or 'taken', ''}
end
local left = listed()
redis.call('SET', KEYS[1], ARGV[3] .. ARGV[2] .. ARGV[4] .. ARGV[5], 'PX', ARGV[6])
return {'done', left}
`)

/**
 * now, writeId, version, head, listing | 'same' | 'none', owner line, value, ttl, confirm -> done | stale | gone | unlisted
 *
 * 'same': only if the index lists the row for this owner long enough already; `unlisted` where it does not. 'none': what is
 * written belongs to no index; the old name stays in the row, so that a listing that meets it there knows it is over.
 */
export const REPLACE = script(`${LOOK}
if taken and string.sub(row, 37, 48) == ARGV[2] then
  touch(ARGV[9])
  return {'done', ''}
end
if not taken or grave then
  if taken then touch(ARGV[9]) end
  return {'gone', ''}
end
if string.sub(row, 3, 19) ~= ARGV[3] then return {'stale', ''} end
local left = ''
if ARGV[5] == 'same' then
  if not (ownedBy(ARGV[6]) and listedUntil(string.sub(ARGV[4], 20, 36))) then return {'unlisted', ''} end
else
  left = listed()
  if ARGV[5] ~= 'none' then listing = ARGV[5] end
end
redis.call('SET', KEYS[1], ARGV[4] .. ARGV[2] .. listing .. ARGV[6] .. ARGV[7], 'PX', ARGV[8])
return {'done', left}
`)

/**
 * now, expiresAt, ttl, listing | 'same', owner line -> done | gone | unlisted
 *
 * `unlisted` moves nothing and tells, in `left`, whose index has to come first.
 */
export const EXTEND = script(`${LOOK}
if not taken or grave then return {'gone', ''} end
if expiresAt >= tonumber(ARGV[2]) then return {'done', ''} end
local left = ''
if owned and not listedUntil(ARGV[2]) then
  left = listed()
  if ARGV[4] == 'same' or not ownedBy(ARGV[5]) then return {'unlisted', left} end
  redis.call('SETRANGE', KEYS[1], 48, ARGV[4])
end
redis.call('SETRANGE', KEYS[1], 19, ARGV[2])
lastAtLeast(ARGV[3])
return {'done', left}
`)

/** now, writeId, until, ttl, tail, head over nothing, listing over nothing, confirm -> done */
export const BURY = script(`${LOOK}
if taken and grave then
  if tonumber(ARGV[3]) > expiresAt then
    redis.call('SETRANGE', KEYS[1], 19, ARGV[3])
    lastAtLeast(ARGV[4])
  else
    touch(ARGV[8])
  end
  return {'done', ''}
end
local left = listed()
local head = ARGV[6]
if row == '' then
  listing = ARGV[7]
else
  head = '1g' .. string.sub(row, 3, 19) .. ARGV[3]
end
redis.call('SET', KEYS[1], head .. ARGV[2] .. listing .. ARGV[5], 'PX', ARGV[4])
return {'done', left}
`)

/**
 * Into an owner's index: member, score, ttl, and the score at and below which members are long over -> done
 *
 * The index never ends earlier than it would have: others are in it.
 */
export const ENLIST = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {'done', ''}
`)

/** now -> done, and the new epoch as `left` */
export const RAISE_EPOCH = script(`
local raised = redis.call('INCR', KEYS[1])
if raised < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return {'done', redis.call('GET', KEYS[1])}
`)

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
