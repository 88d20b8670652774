//! The instructions that ops are made of, by the width of their lanes: 32 bits first, 64 bits second.

use iced_x86::Code::{self, *};

/// One operation on lanes of either width.
pub(super) type Pair = [Code; 2];

pub(super) const ADD: Pair = [EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, EVEX_Vaddpd_zmm_k1z_zmm_zmmm512b64_er];
pub(super) const SUB: Pair = [EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er, EVEX_Vsubpd_zmm_k1z_zmm_zmmm512b64_er];
pub(super) const MUL: Pair = [EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er, EVEX_Vmulpd_zmm_k1z_zmm_zmmm512b64_er];
pub(super) const DIV: Pair = [EVEX_Vdivps_zmm_k1z_zmm_zmmm512b32_er, EVEX_Vdivpd_zmm_k1z_zmm_zmmm512b64_er];
/// The second operand where one is NaN or both are zeros.
pub(super) const MIN: Pair = [EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, EVEX_Vminpd_zmm_k1z_zmm_zmmm512b64_sae];
/// As [`MIN`].
pub(super) const MAX: Pair = [EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, EVEX_Vmaxpd_zmm_k1z_zmm_zmmm512b64_sae];
pub(super) const SQRT: Pair = [EVEX_Vsqrtps_zmm_k1z_zmmm512b32_er, EVEX_Vsqrtpd_zmm_k1z_zmmm512b64_er];
/// `x * z - y` in even lanes and `x * z + y` in odd ones, for `(x, y, z)`; rounded once.
pub(super) const SUB_ADD: Pair =
    [EVEX_Vfmaddsub132ps_zmm_k1z_zmm_zmmm512b32_er, EVEX_Vfmaddsub132pd_zmm_k1z_zmm_zmmm512b64_er];
/// `x * z + y` in even lanes and `x * z - y` in odd ones.
pub(super) const ADD_SUB: Pair =
    [EVEX_Vfmsubadd132ps_zmm_k1z_zmm_zmmm512b32_er, EVEX_Vfmsubadd132pd_zmm_k1z_zmm_zmmm512b64_er];
pub(super) const ROUND: Pair =
    [EVEX_Vrndscaleps_zmm_k1z_zmmm512b32_imm8_sae, EVEX_Vrndscalepd_zmm_k1z_zmmm512b64_imm8_sae];
pub(super) const COMPARE: Pair = [EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae, EVEX_Vcmppd_kr_k1_zmm_zmmm512b64_imm8_sae];
pub(super) const CLASSIFY: Pair = [EVEX_Vfpclassps_kr_k1_zmmm512b32_imm8, EVEX_Vfpclasspd_kr_k1_zmmm512b64_imm8];

pub(super) const AND: Pair = [EVEX_Vandps_zmm_k1z_zmm_zmmm512b32, EVEX_Vandpd_zmm_k1z_zmm_zmmm512b64];
/// The second operand without the bits of the first.
pub(super) const AND_NOT: Pair = [EVEX_Vandnps_zmm_k1z_zmm_zmmm512b32, EVEX_Vandnpd_zmm_k1z_zmm_zmmm512b64];
pub(super) const OR: Pair = [EVEX_Vorps_zmm_k1z_zmm_zmmm512b32, EVEX_Vorpd_zmm_k1z_zmm_zmmm512b64];
pub(super) const XOR: Pair = [EVEX_Vxorps_zmm_k1z_zmm_zmmm512b32, EVEX_Vxorpd_zmm_k1z_zmm_zmmm512b64];
/// Any function of three bits; the first operand is also the result.
pub(super) const TERNARY: Pair =
    [EVEX_Vpternlogd_zmm_k1z_zmm_zmmm512b32_imm8, EVEX_Vpternlogq_zmm_k1z_zmm_zmmm512b64_imm8];
pub(super) const MOVE: Pair = [EVEX_Vmovaps_zmm_k1z_zmmm512, EVEX_Vmovapd_zmm_k1z_zmmm512];
/// The second operand where the mask is set, the first elsewhere.
pub(super) const BLEND: Pair = [EVEX_Vblendmps_zmm_k1z_zmm_zmmm512b32, EVEX_Vblendmpd_zmm_k1z_zmm_zmmm512b64];
/// The sign bits as a mask.
pub(super) const SIGNS: Pair = [EVEX_Vpmovd2m_kr_zmm, EVEX_Vpmovq2m_kr_zmm];
/// A mask as lanes of ones or zeros.
pub(super) const SPREAD: Pair = [EVEX_Vpmovm2d_zmm_kr, EVEX_Vpmovm2q_zmm_kr];

/// The first lane of every pair, twice.
pub(super) const FIRSTS: Pair = [EVEX_Vmovsldup_zmm_k1z_zmmm512, EVEX_Vmovddup_zmm_k1z_zmmm512];
/// Lanes inside 128 bits in an order that is a constant.
pub(super) const NEAR: Pair = [EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8, EVEX_Vpermilpd_zmm_k1z_zmmm512b64_imm8];
/// Lanes of the third operand in the order of the second.
pub(super) const ORDER: Pair = [EVEX_Vpermps_zmm_k1z_zmm_zmmm512b32, EVEX_Vpermpd_zmm_k1z_zmm_zmmm512b64];
/// Lanes of the first and the third operand in the order of the second; the first is also the result.
pub(super) const PICK: Pair = [EVEX_Vpermt2ps_zmm_k1z_zmm_zmmm512b32, EVEX_Vpermt2pd_zmm_k1z_zmm_zmmm512b64];

pub(super) const INT_ADD: Pair = [EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpaddq_zmm_k1z_zmm_zmmm512b64];
pub(super) const INT_SUB: Pair = [EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpsubq_zmm_k1z_zmm_zmmm512b64];
pub(super) const INT_MUL: Pair = [EVEX_Vpmulld_zmm_k1z_zmm_zmmm512b32, EVEX_Vpmullq_zmm_k1z_zmm_zmmm512b64];
pub(super) const INT_ABS: Pair = [EVEX_Vpabsd_zmm_k1z_zmmm512b32, EVEX_Vpabsq_zmm_k1z_zmmm512b64];
pub(super) const MIN_SIGNED: Pair = [EVEX_Vpminsd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpminsq_zmm_k1z_zmm_zmmm512b64];
pub(super) const MAX_SIGNED: Pair = [EVEX_Vpmaxsd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpmaxsq_zmm_k1z_zmm_zmmm512b64];
pub(super) const MIN_UNSIGNED: Pair = [EVEX_Vpminud_zmm_k1z_zmm_zmmm512b32, EVEX_Vpminuq_zmm_k1z_zmm_zmmm512b64];
pub(super) const MAX_UNSIGNED: Pair = [EVEX_Vpmaxud_zmm_k1z_zmm_zmmm512b32, EVEX_Vpmaxuq_zmm_k1z_zmm_zmmm512b64];
/// Shifts; by the width or more they leave zeros, or the sign.
pub(super) const SHIFT_LEFT: Pair = [EVEX_Vpsllvd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpsllvq_zmm_k1z_zmm_zmmm512b64];
pub(super) const SHIFT_RIGHT: Pair = [EVEX_Vpsrlvd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpsrlvq_zmm_k1z_zmm_zmmm512b64];
pub(super) const SHIFT_SIGNED: Pair = [EVEX_Vpsravd_zmm_k1z_zmm_zmmm512b32, EVEX_Vpsravq_zmm_k1z_zmm_zmmm512b64];
pub(super) const SHIFT_LEFT_BY: Pair = [EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8, EVEX_Vpsllq_zmm_k1z_zmmm512b64_imm8];
pub(super) const SHIFT_SIGNED_BY: Pair = [EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8, EVEX_Vpsraq_zmm_k1z_zmmm512b64_imm8];
pub(super) const COMPARE_SIGNED: Pair = [EVEX_Vpcmpd_kr_k1_zmm_zmmm512b32_imm8, EVEX_Vpcmpq_kr_k1_zmm_zmmm512b64_imm8];
pub(super) const COMPARE_UNSIGNED: Pair =
    [EVEX_Vpcmpud_kr_k1_zmm_zmmm512b32_imm8, EVEX_Vpcmpuq_kr_k1_zmm_zmmm512b64_imm8];
/// Lanes that are not 0.
pub(super) const TEST: Pair = [EVEX_Vptestmd_kr_k1_zmm_zmmm512b32, EVEX_Vptestmq_kr_k1_zmm_zmmm512b64];

/// One element of memory to all lanes.
pub(super) const BROADCAST: Pair = [EVEX_Vbroadcastss_zmm_k1z_xmmm32, EVEX_Vbroadcastsd_zmm_k1z_xmmm64];
