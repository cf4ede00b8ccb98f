// One way to end a check: every problem on a line of its own, then what was looked at, then the exit code.

/** Prints the problems and what was checked; any problem makes the process end with exit code 1. */
export function report(check: string, looked: string, problems: readonly string[]): void {
  for (const problem of problems) console.log(`${check}: ${problem}`)
  console.log(`${check}: ${problems.length === 0 ? 'ok' : `${problems.length} problem(s)`} in ${looked}`)
  if (problems.length > 0) process.exitCode = 1
}
