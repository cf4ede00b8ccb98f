/**
 * Says once, and not with every request, that something runs in a worse way than it was set up to.
 *
 * In: a sentence, and what was thrown. Out: a warning of the process. Must not know what it is about.
 *
 * @module
 */

/** The first call warns. The message of what was thrown is part of it: those of this library and of drivers hold no data. */
export function warnOnce(code: string, sentence: string): (error: unknown) => void {
  let warned = false
  return (error) => {
    if (warned) return
    warned = true
    const said = error instanceof Error && error.message !== '' ? ` (${error.message})` : ''
    process.emitWarning(`${sentence}${said}`, { code })
  }
}
