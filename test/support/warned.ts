/**
 * A warning of the process that is told by its code.
 *
 * @module
 */

/** Resolves with its message once it is given. */
export function warned(code: string): Promise<string> {
  return new Promise((resolve) => {
    process.on('warning', function listen(warning) {
      if (!('code' in warning) || warning.code !== code) return
      process.off('warning', listen)
      resolve(warning.message)
    })
  })
}
