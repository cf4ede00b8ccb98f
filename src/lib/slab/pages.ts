/**
 * Blocks of bytes, cut from large pages: a hundred thousand of them are a thousand things to the collector.
 *
 * In: sizes. Out: addresses, and the bytes behind them. Must not know what is in a block. An address is a number above 0 that
 * fits 32 bits; it means something until its block is given back, and nothing afterwards.
 *
 * @module
 */

/** Everything is counted in units of 8 bytes. */
const UNIT = 8
const PAGE_UNITS = 8192
/** Larger blocks have a page of their own. */
const LARGEST = PAGE_UNITS / 4

export interface Page {
  readonly bytes: Buffer
  readonly words: Uint32Array
  readonly doubles: Float64Array
  readonly index: number
  /** Of each block in it. */
  readonly units: number
  used: number
  /** From here on nothing was ever handed out. */
  fresh: number
  /** The unit of the block that was given back last; each holds the one before. 0: none. */
  returned: number
  isOpen: boolean
}

export interface Pages {
  take(bytes: number): number
  giveBack(address: number): void
  pageOf(address: number): Page
  /** Whether a block of that size would be as large as the one that is there. */
  fits(address: number, bytes: number): boolean
}

/** Where in its page a block begins, in bytes. */
export function offsetOf(address: number): number {
  return (address % PAGE_UNITS) * UNIT
}

export function createPages(): Pages {
  const pages: (Page | null)[] = []
  const vacant: number[] = []
  /** By the size of their blocks: pages that have room; the last of them may be full by now. */
  const open = new Map<number, Page[]>()

  function newPage(units: number): Page {
    const index = vacant.pop() ?? pages.length
    // The first unit is nobody's, so that no address and no returned block is 0.
    const buffer = new ArrayBuffer(Math.max(PAGE_UNITS, units + 1) * UNIT)
    const page: Page = {
      bytes: Buffer.from(buffer),
      words: new Uint32Array(buffer),
      doubles: new Float64Array(buffer),
      index,
      units,
      used: 0,
      fresh: 1,
      returned: 0,
      isOpen: true,
    }
    pages[index] = page
    return page
  }

  function hasRoom({ returned, fresh, units }: Page): boolean {
    return returned !== 0 || fresh + units <= PAGE_UNITS
  }

  function pageWithRoom(units: number): Page {
    let list = open.get(units)
    if (list === undefined) {
      list = []
      open.set(units, list)
    }
    for (let page = list.at(-1); page !== undefined; page = list.at(-1)) {
      if (hasRoom(page)) return page
      page.isOpen = false
      list.pop()
    }
    const page = newPage(units)
    list.push(page)
    return page
  }

  return {
    take(bytes) {
      const units = roundedUnits(bytes)
      const page = units > LARGEST ? newPage(units) : pageWithRoom(units)
      page.used++
      let unit = page.returned
      if (unit !== 0) page.returned = page.words[unit * 2] ?? 0
      else {
        unit = page.fresh
        page.fresh += units
      }
      return page.index * PAGE_UNITS + unit
    },

    giveBack(address) {
      const page = pageOf(address)
      page.used--
      const list = open.get(page.units)
      // One page of a size stays, or a store that holds one entry at a time would make a page for each.
      if (page.used === 0 && (list === undefined || page !== list[0])) {
        if (page.isOpen) list?.splice(list.indexOf(page), 1)
        pages[page.index] = null
        vacant.push(page.index)
        return
      }
      const unit = address % PAGE_UNITS
      page.words[unit * 2] = page.returned
      page.returned = unit
      if (page.isOpen) return
      page.isOpen = true
      list?.push(page)
    },

    pageOf,

    fits: (address, bytes) => pageOf(address).units === roundedUnits(bytes),
  }

  function pageOf(address: number): Page {
    return pages[Math.floor(address / PAGE_UNITS)] as Page
  }
}

/** Sizes above 512 bytes are rounded, by 3 % at most: few sizes, few pages that are half empty. */
function roundedUnits(bytes: number): number {
  const units = Math.ceil(bytes / UNIT)
  if (units <= 64) return Math.max(units, 1)
  const step = 2 ** (Math.floor(Math.log2(units)) - 5)
  return Math.ceil(units / step) * step
}
