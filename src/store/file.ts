/**
 * Keeps entries in a folder: for one machine without a database, any number of processes.
 *
 * In: a folder on a local POSIX file system with hard links, and the calls of `Store`. Out: their answers; what the
 * file system refuses is a `StoreError`. Must not know sessions, nor the time. How two processes stay out of each
 * other's way is argued in lib/file-store/history.ts.
 *
 * @module
 */
import { resolve } from 'node:path'
import { ConfigError, StoreError } from '../errors.ts'
import { codeOf, disk } from '../lib/file-store/disk.ts'
import { fileEntries } from '../lib/file-store/entries.ts'
import { EpochUnreadable, fileEpochs } from '../lib/file-store/epochs.ts'
import { NoProgress, OutcomeUnknown } from '../lib/file-store/history.ts'
import type { Enumerable, OwnerIndex, Store, Sweepable } from './store.ts'

/** How a file store keeps what it was given. */
export interface FileStoreOptions {
  /**
   * Answer only when a change would survive a power cut: file and folder are synced, which takes milliseconds on a
   * disk. `true` unless told. `false` still survives the death of the process, but not that of the machine.
   */
  readonly durable?: boolean
}

/**
 * A store in `folder`, which is made (mode 0700) when the first entry is written. A read opens one small file; a write
 * makes one and removes the one before. Call `sweep` from time to time: nothing else removes what has ended.
 *
 * A file that cannot be read as a whole version, because something else wrote it or the machine lost power with
 * `durable: false`, counts as absent. Rejects with `STORE_FAILED`, the system's error as `cause`, where the file system
 * refuses (disk full, read-only, no permission); what was there before is then still whole and served.
 *
 * @throws ConfigError `OPTION_INVALID` where `folder` is not a path.
 */
export function fileStore(folder: string, options: FileStoreOptions = {}): Store & Sweepable & OwnerIndex & Enumerable {
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) {
    throw new ConfigError(
      'OPTION_INVALID',
      `Cannot use the folder of fileStore: found ${folder === '' ? 'an empty text' : `a value of type ${typeof folder}`}. Pass the path of a folder that belongs to this app alone`,
      { details: { option: 'folder' } },
    )
  }
  const root = resolve(folder)
  const entries = fileEntries(root, options.durable ?? true, disk)
  const epochs = fileEpochs(root, options.durable ?? true, disk)
  return {
    find: (key) => orStoreError(root, 'read an entry', entries.find(key)),
    create: (key, entry, now) => orStoreError(root, 'create an entry', entries.create(key, entry, now)),
    replace: (key, entry, version, now) =>
      orStoreError(root, 'replace an entry', entries.replace(key, entry, version, now)),
    extend: (key, expiresAt, now) => orStoreError(root, 'extend an entry', entries.extend(key, expiresAt, now)),
    bury: (key, value, until, now) => orStoreError(root, 'bury an entry', entries.bury(key, value, until, now)),
    sweep: (now) => orStoreError(root, 'sweep', entries.sweep(now)),
    listByOwner: (ownerId) => eachOrStoreError(root, 'list the entries of an owner', entries.listByOwner(ownerId)),
    epochOf: (ownerId) => orStoreError(root, 'read an epoch', epochs.epochOf(ownerId)),
    raiseEpoch: (ownerId, now) => orStoreError(root, 'raise an epoch', epochs.raiseEpoch(ownerId, now)),
    entries: (after) => eachOrStoreError(root, 'list all entries', entries.entries(after)),
  }
}

async function orStoreError<Answer>(root: string, attempt: string, call: Promise<Answer>): Promise<Answer> {
  try {
    return await call
  } catch (cause) {
    throw storeError(root, attempt, cause)
  }
}

async function* eachOrStoreError<One>(root: string, attempt: string, all: AsyncIterable<One>): AsyncGenerator<One> {
  try {
    yield* all
  } catch (cause) {
    throw storeError(root, attempt, cause)
  }
}

function storeError(root: string, attempt: string, cause: unknown): StoreError {
  const [found, advice] = explain(cause)
  const details = { folder: root, systemCode: codeOf(cause) }
  return new StoreError('STORE_FAILED', `Cannot ${attempt} below "${root}": ${found}. ${advice}`, { cause, details })
}

function explain(cause: unknown): readonly [found: string, advice: string] {
  if (cause instanceof NoProgress) {
    return ['its folder holds something that is not the store’s', 'Give the store a folder of its own']
  }
  if (cause instanceof OutcomeUnknown) {
    return [
      'the process was stopped for minutes in the middle of the write',
      'Read again: the change may have been made',
    ]
  }
  if (cause instanceof EpochUnreadable) {
    return ['its file is damaged', 'Raise it: that writes it anew']
  }
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return [`the disk is full (${code})`, 'Free some space or sweep more often']
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return [
      `the system does not allow it (${code})`,
      'Make the folder writable for this process, on a file system with hard links',
    ]
  }
  return [`the file system failed (${code || 'no code'})`, 'Its own error is the cause of this one']
}
