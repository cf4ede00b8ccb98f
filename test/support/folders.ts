/**
 * Temporary folders that are gone after the test file.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A new empty folder. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
