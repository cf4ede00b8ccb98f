// Reads the tables of docs/security: rows, the frozen list of their names, and what the last column of a row promises.

export interface Row {
  readonly id: string
  /** The line of the document. */
  readonly line: number
  readonly answer: string
}

/** A row begins with its name and ends with its answer; `<!-- rows … -->` lists the names there must be, one a line. */
export function rowsOf(text: string): { rows: Row[]; frozen: string[] } {
  const rows: Row[] = []
  for (const [at, line] of text.split('\n').entries()) {
    const cells = /^\|(.*)\|\s*$/
      .exec(line)?.[1]
      ?.split('|')
      .map((cell) => cell.trim())
    const isHead = cells?.every((cell) => /^-+$/.test(cell))
    // The line above the dashes is the head of the table.
    if (isHead) rows.pop()
    else if (cells !== undefined) rows.push({ id: cells[0] ?? '', line: at + 1, answer: cells.at(-1) ?? '' })
  }
  const list = /<!-- rows\n([\s\S]*?)\n-->/.exec(text)?.[1] ?? ''
  return { rows, frozen: list.split('\n').filter((name) => name !== '') }
}

/** A file in which a title stands, and the title. */
const REFERENCE = /`([\w./-]+) › ([^`]+)`/g
const DOCUMENT = /`((?:docs|decisions|lab)\/[\w./-]+)`/g
const HOLDS_TESTS = /\.test\.ts$|^test\/flow\/stories\/|^src\/testing\/[\w-]+-contract\.ts$/
const REASON = /^(Does not apply|Setting): \S/

/**
 * What is wrong with an answer: parts separated by `<br>`, each a test (`file › title`), `Setting: …`, `Does not apply: …`,
 * or `PENDING: …`, which is always a problem.
 */
export function answerProblems(
  answer: string,
  titlesIn: (file: string) => ReadonlySet<string> | null,
  exists: (path: string) => boolean,
): string[] {
  const problems: string[] = []
  for (const part of answer.split('<br>')) {
    const references = [...part.matchAll(REFERENCE)]
    if (part.startsWith('PENDING: ')) problems.push(part)
    else if (references.length === 0 && !REASON.test(part))
      problems.push(`neither a test, a setting nor a reason: "${part}"`)
    else if (part.includes('›') && references.length === 0) problems.push(`cannot be read: "${part}"`)
    for (const [, file = '', title = ''] of references) {
      const titles = HOLDS_TESTS.test(file) ? titlesIn(file) : null
      if (titles === null) problems.push(`there is no file of tests "${file}"`)
      else if (!titles.has(title)) problems.push(`${file} has no test "${title}"`)
    }
    for (const [, path = ''] of part.matchAll(DOCUMENT)) if (!exists(path)) problems.push(`there is no "${path}"`)
  }
  return problems
}
