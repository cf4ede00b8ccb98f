// A report that was never written is no crash of the tool that reads it.

import { readFileSync } from 'node:fs'

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
