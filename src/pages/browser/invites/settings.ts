// The settings of this page, which the server put into its HTML.
import type { InviterSettings, PageData } from '../../page-html.js'
import { data } from '../kit/page.js'

export const { registration, patchCap } = data as PageData & InviterSettings
