// POST /invite/<id>/qr-code: draws the link of an invite for a caller who has its passcode.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import { Type, type Static } from '@sinclair/typebox'
import { callerOf } from '../../../callers/caller.js'
import { qrCodeSvg } from '../../../delivery/qr-code.js'
import { hour, type Quota, type Quotas } from '../../../limits/quotas.js'
import { closed } from '../../../schema/formats.js'
import { linkTo } from '../limits/passcode.js'
import { inviteIdOf, type PasscodeData } from './passcode-params.js'

/** Drawing costs the CPU some milliseconds. */
const drawingsPerUser: Quota = {
  name: 'drawingsPerUser',
  reason: 'quota-qr-codes',
  points: 300,
  seconds: hour,
  inMemory: true
}

export const qrCodeSchema = Type.Object(
  { svg: Type.String({ description: 'An SVG document: one path, black on white, with the quiet border.' }) },
  { ...closed, $id: 'QrCode', description: 'The link of an invite as a QR code.' }
)
type QrCode = Static<typeof qrCodeSchema>

interface Options {
  quotas: Quotas
  publicUrl: () => string
}

export class QrCodeService implements ServiceInterface<QrCode, PasscodeData> {
  constructor(private readonly options: Options) {}

  /** Draws what the caller sent. It reads nothing, so it tells nothing about the invite. */
  async create({ passcode }: PasscodeData, params: Params): Promise<QrCode> {
    const { quotas, publicUrl } = this.options
    const id = inviteIdOf(params)
    await quotas.spend(drawingsPerUser, callerOf(params).id)
    return { svg: qrCodeSvg(linkTo(publicUrl(), id, passcode)) }
  }
}
