package claims

import (
	"regexp"
	"strings"
)

// lexicon holds the phrases that say something about a claim, in the languages
// that employers paste: English, German, French, Spanish, and the commonest of
// Italian, Portuguese and Dutch. It is made once.
type lexicon struct {
	phrases []phrase
	dates   *dateReader

	accredited, accreditedBy, accreditation, accreditationOf                    *regexp.Regexp
	nobodyVerb, nobodyBy                                                        *regexp.Regexp
	issuedBy, holder, title, certified, certNumber, accNumber, ownNumber        *regexp.Regexp
	standard, arrangement, signatory, markAfter, markBefore, check, negation    *regexp.Regexp
	issuedLabel, expiryLabel, orgStandard, role, stop, assessed, certif, goesTo *regexp.Regexp
}

// phrase is a kind of wording.
type phrase struct {
	kind string
	re   *regexp.Regexp
}

// Kinds of wording.
const (
	isoCertified = "iso_certified"
	inProcess    = "accreditation_in_process"
	notYet       = "not_accredited"
	registered   = "registered"
	statutory    = "statutory_register"
	attendance   = "attendance"
	certifiedAs  = "certified"
	guaranteed   = "guarantee"
	lifetime     = "no_expiry"
	membersOnly  = "members_only"
	membersFee   = "members_pay_less"
	former       = "no_longer_current"
	renewal      = "renewal"
	letter       = "letter"
	programme    = "certificate_programme"
	person       = "person"
	mark         = "mark"
)

func re(parts ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:` + strings.Join(parts, "|") + `)`)
}

const (
	accWord    = `(?:accredited|accreditation|akkreditiert\w*|akkreditierung\w*|accr[ée]dit[ée]e?s?|accr[ée]ditation|acreditad[oa]s?|acreditaci[óo]n|acredita[çc][ãa]o|accreditat[oaie]|accreditamento|geaccrediteerd|accreditatie)`
	processing = `(?:in process|in progress|pending|under ?way|under application|under review|applied for|application|applying|in preparation|expected|beantragt|im verfahren|in vorbereitung|l[äa]uft derzeit|en cours|en attente|demand[ée]e|sollicit[ée]e|en tr[áa]mite|en proceso|pendiente|solicitada|in corso|em andamento|aangevraagd)`
)

func newLexicon() *lexicon {
	return &lexicon{
		dates: newDateReader(),
		phrases: []phrase{
			{isoCertified, re(`\bISO[- ](?:certified|approved|accredited|registered|endorsed|recogni[sz]ed|licen[sc]ed|zertifiziert\w*|akkreditiert\w*|anerkannt\w*|certifi[ée]\w*|accr[ée]dit[ée]\w*)`,
				`\b(?:certified|approved|accredited|recogni[sz]ed|issued|endorsed|licen[sc]ed|authori[sz]ed) by (?:the )?(?:ISO\b|International Organi[sz]ation for Standardi[sz]ation|International Standards Organi[sz]ation)`,
				`\bISO ?/? ?(?:IEC)?[ -]?17024(?::\d{4})?[- ](?:certified|zertifiziert\w*)`,
				`\b(?:von|durch) (?:der |die )?ISO (?:zertifiziert|akkreditiert|anerkannt|zugelassen)`, `\bcertifi[ée]e?s? (?:par (?:l')?)?ISO\b`, `\baccr[ée]dit[ée]e?s? par (?:l')?ISO\b`, `\bcertificad[oa]s? (?:por (?:la )?)?ISO\b`, `\bacreditad[oa]s? por (?:la )?ISO\b`,
				`\bcertificat[oa] (?:da )?ISO\b`, `\bISO (?:logo|mark|seal|emblem)`, `\b(?:logo|sello|logotipo) (?:of (?:the )?|de (?:l')?(?:la )?|der )?ISO\b`, `\bISO[- ](?:Logo|Zeichen|Siegel)`)},
			{inProcess, re(accWord+`[^.\n]{0,40}?\b`+processing, `\b`+processing+`[^.\n]{0,40}?`+accWord, `\b(?:seeking|working towards?|undergoing) [^.\n]{0,30}?`+accWord, `\bapplied to (?:be )?[^.\n]{0,30}?accredit`, `\bapplied to \w+ for accredit`)},
			{notYet, re(`\b(?:is |are |was )?not (?:yet |currently |itself |an )?accredited`, `\bun-?accredited\b`, `\bnon-accredited\b`, `\bno accreditation\b`, `\bwithout (?:any )?accreditation\b`, `\b(?:noch )?nicht (?:von \w+ )?akkreditiert`, `\bkeine akkreditierung`, `\bohne akkreditierung`, `\b(?:n'est )?pas (?:encore )?accr[ée]dit`, `\bsans accr[ée]ditation`, `\bno (?:est[áa] )?(?:todav[íi]a )?acreditad`, `\bsin acreditaci[óo]n`, `\bnon (?:ancora )?accreditat`)},
			{registered, re(`\b(?:registered|listed|enrolled|inscribed) (?:with|by|in|on|at|under)\b`, `\b(?:is |a |an )?(?:full |certified |registered |professional |lifetime |life )?member of\b`, `\brecogni[sz]ed by (?:the )?[A-Z][\w-]+ (?:[A-Z]|of)`, `\b(?:eingetragen|registriert|gelistet) (?:bei|beim|im|in|von)\b`, `\b(?:voll)?mitglied (?:der|des|von|im|beim)\b`,
				`\b(?:enregistr[ée]e?|inscrite?|r[ée]f[ée]renc[ée]e?|list[ée]e?) (?:aupr[èe]s|au|[àa]|dans|par)\b`, `\bmembre (?:de|du)\b`, `\b(?:registrad|inscrit|listad)[oa] (?:en|ante|por|con)\b`, `\bmiembro (?:de|del)\b`, `\b(?:iscritt|registrat)[oa] (?:presso|al|alla|a)\b`, `\bregistrad[oa] (?:no|na|junto)\b`, `\bgeregistreerd bij\b`)},
			{statutory, re(`\bchartered\b`, `\bEngineering Council\b`, `\bregistered (?:general |mental health |practical )?nurse`, `\bGeneral (?:Medical|Dental|Optical|Pharmaceutical) Council`, `\bNursing and Midwifery Council`, `\b(?:NMC|GMC|HCPC|SRA)\b`, `\b(?:state|provincial) (?:medical |nursing |licen[sc]ing )?board\b`, `\bbar association\b`, `\bmedical council\b`, `\b(?:architekten|[äa]rzte|handwerks|ingenieur|apotheker|rechtsanwalts)kammer`, `\bIHK\b`, `\bhandelsregister`, `\bordre des\b`, `\bcolegio oficial\b`, `\bcompanies house\b`, `\bcommercial register\b`, `\bregistro mercantil\b`, `\bRCS\b`, `\balbo (?:degli|dei)\b`)},
			{attendance, re(`\b(?:in|with|after|through|within) (?:our |a |an |this |just |only |one )*(?:\d+|one|two|three|half)[- ]?(?:day|hour|week|weekend|minute)s? (?:online |intensive )?(?:course|training|workshop|seminar|webinar|class|boot ?camp|program(?:me)?)`, `\bcertificate of (?:attendance|completion|participation|achievement for (?:attending|completing))`, `\b(?:has |have |having )?(?:attended|participated in|took part in|taken part in)\b`, `\b(?:successfully )?(?:completed|finished|completing) (?:the |a |an |all |our |this |\d+[- ]?(?:day|hour|week)s? )*[^.\n]{0,40}?\b(?:course|training|workshop|seminar|webinar|program(?:me)?|class|boot ?camp)\b`,
				`\bteilnahme(?:bescheinigung|best[äa]tigung|zertifikat|urkunde)`, `\b(?:teilgenommen|(?:kurs|seminar|schulung|lehrgang|training)\w* (?:besucht|absolviert))`, `\bhat (?:am|an der|an dem)\b[^.\n]{0,60}teilgenommen`,
				`\battestation de (?:formation|pr[ée]sence|participation|stage|suivi)`, `\ba (?:suivi|particip[ée] [àa]|assist[ée] [àa])\b`, `\bcertificado de (?:asistencia|participaci[óo]n|aprovechamiento)`, `\b(?:ha |haber )?(?:asistido|participado|asisti[óo]|particip[óo]) (?:a|al|en)\b`, `\battestato di (?:partecipazione|frequenza)`, `\bha (?:partecipato|frequentato)\b`, `\bcertificado de participa[çc][ãa]o`, `\bbewijs van deelname`)},
			{certifiedAs, re(`\bcertified\b`, `\bcertification\b`, `\bdesignation\b`, `\bzertifizierte?[rnsm]?\b`, `\bzertifizierung`, `\bcertifi[ée]e?s?\b`, `\bcertificad[oa]s? como\b`, `\bcertificaci[óo]n\b`, `\bcertificat[oa] come\b`, `\bcertificazione\b`, `\bcertifica[çc][ãa]o\b`, `\bgecertificeerd`)},
			{guaranteed, re(`\bguaranteed? (?:to )?(?:pass|success|certification|certificate|result)`, `\bpass(?:ing)? (?:rate )?(?:is |are )?guaranteed?\b`, `\b100 ?% (?:pass|success|guarantee)`, `\bno (?:exam|examination|test)s?(?: is| are)?(?: required| needed| necessary)?\b`, `\bwithout (?:an |any |having to take an |taking an )?(?:exam|examination|test)\b`, `\bsame[- ]day certif`, `\binstant(?:ly)? (?:certif|certified|online certif)`, `\bcertif\w+ (?:in|within) (?:\d+ (?:minutes|hours)|one day|24 ?h)`,
				`\bohne (?:abschluss)?pr[üu]fung`, `\bkeine (?:abschluss)?pr[üu]fung`, `\bbestehen garantiert`, `\bgarantiert(?:es|er)? (?:bestehen|erfolg)`, `\berfolgsgarantie`, `\bbestehensgarantie`, `\bsans (?:examen|[ée]preuve)`, `\br[ée]ussite (?:est )?garantie`, `\bgarantie de r[ée]ussite`, `\baucun examen`, `\bsin (?:examen|necesidad de examen)`, `\baprobado garantizado`, `\b[ée]xito garantizado`, `\bgarant[íi]a de (?:aprobar|aprobado|[ée]xito)`, `\bsenza esame`, `\bsem exame`, `\bzonder examen`)},
			{lifetime, re(`\blife ?time[ -](?:certif\w*|valid\w*|credential|accredit\w*|licen[sc]e|title|status|designation)`, `\bvalid(?:ity)?\W+(?:is |for )?(?:a )?life ?time`, `\bexpir\w+\W+(?:never|none|life ?time)\b`, `\blife-?long (?:certif|valid|credential)\w*`, `\bvalid (?:for|throughout) (?:your |a )?life\b`, `\bvalid (?:for ?ever|indefinitely)`, `\bnever expires?\b`, `\bno expir(?:y|ation)\b`, `\b(?:does|do|will) not expire`, `\bnon-expiring`, `\bwithout (?:an )?expir(?:y|ation)`, `\bno renewal (?:is )?(?:required|needed|necessary)`,
				`\bunbefristet`, `\bauf lebenszeit`, `\blebenslang(?:e|es|er)? (?:g[üu]ltig|zertifi|g[üu]ltigkeit)\w*`, `\blebenslang g[üu]ltig`, `\bl[äa]uft nicht ab`, `\bohne ablauf(?:datum)?`, `\bunbegrenzt g[üu]ltig`, `\bvalable [àa] vie`, `\b[àa] vie\b`, `\bsans (?:date d')?expiration`, `\bn'expire (?:pas|jamais)`, `\bvalidit[ée] illimit[ée]e`, `\bde por vida`, `\bvitalici[oa]`, `\bsin (?:fecha de )?(?:caducidad|vencimiento|expiraci[óo]n)`, `\bno caduca`, `\bpara toda la vida`, `\bvalid[oa] a vita\b`, `\bsenza scadenza`, `\bvital[íi]cio`, `\bsem (?:data de )?validade`, `\bonbeperkt geldig`)},
			{membersOnly, re(`\bmembers[- ]only`, `\bonly (?:open|available) to members`, `\bmembership (?:is )?(?:required|mandatory|compulsory)`, `\bmust (?:be|become) a member`, `\b(?:for|available to|open to) members only`, `\bnur f[üu]r mitglieder`, `\bmitgliedschaft (?:ist )?(?:erforderlich|pflicht|voraussetzung)`, `\br[ée]serv[ée]e? aux (?:membres|adh[ée]rents)`, `\badh[ée]sion obligatoire`, `\bs[óo]lo para (?:socios|miembros)`, `\bsolo (?:para|per) (?:socios|miembros|soci)`, `\bmembres[íi]a obligatoria`)},
			{membersFee, re(`\bmembers (?:pay|receive|get|enjoy) (?:a )?(?:less|lower|reduced|discount)`, `\bmember (?:discount|price|rate)`, `\bmitglieder (?:zahlen|erhalten)`, `\btarif (?:membre|adh[ée]rent)`, `\bdescuento para (?:socios|miembros)`)},
			{former, re(`\b(?:formerly|previously) (?:held|certified)`, `\bno longer (?:valid|current|certified)`, `\bhas expired\b`, `\bexpired (?:in|on)\b`, `\bfrüher zertifiziert`, `\bist abgelaufen`, `\ba expir[ée]`, `\bha caducado`, `\best[áa] caducad`)},
			{renewal, re(`\brecertif\w*`, `\bre-certif\w*`, `\brenewed\b`, `\brenewal of\b`, `\brezertifi\w*`, `\bverl[äa]ngert`, `\brenouvel\w*`, `\brenovad[oa]`, `\brecertificaci[óo]n`, `\brinnov\w*`)},
			{letter, re(`\bto whom it may concern`, `\bdear (?:sir|madam|mr|ms)`, `\bwe (?:hereby )?confirm that`, `\bsehr geehrte`, `\bhiermit best[äa]tigen wir`, `\bmadame, monsieur`, `\ba quien corresponda`, `\bwallet card`)},
			{programme, re(`\bASTM E ?2659`, `\bassessment-based certificate program`)},
			{person, re(`\b(?:mr|ms|mrs|miss)\b\.?`, `\bherr(?:n)?\b`, `\bfrau\b`, `\b(?:mme|m\.|monsieur|madame)\s`, `\b(?:d\.|don|do[ñn]a|sr\.|sra\.|se[ñn]or[a]?)\s`, `\b(?:he|she) (?:is|has|was)\b`, `\bcandidate\b`, `\bindividual\b`, `\bthis person\b`)},
		},
		accredited:      re(`\b` + accWord),
		accreditedBy:    re(`\b(?:accredited|accreditation|re-?accredited) (?:was )?(?:granted )?(?:by|through|from|via|with|body:?|of)\s+`, `\b(?:accredited|akkreditiert\w*|accr[ée]dit[ée]e?s?|acreditad[oa]s?|accreditat[oa])\b[^.,;()\n]{1,50}?\b(?:by|through|durch|von|par|por|da)\s+`, `\baccreditation body\s*:?\s*`, `\baccreditor\s*:\s*`, `\bakkreditiert (?:durch|von|bei)\s+`, `\bakkreditierung (?:durch|von|bei|der)\s+`, `\bakkreditierungsstelle\s*:\s*`, `\baccr[ée]dit[ée]e?s? (?:par|aupr[èe]s (?:du|de la|de l'|de))\s*`, `\baccr[ée]ditation (?:du|de la|de l'|de|par|aupr[èe]s du)\s*`, `\borganisme d'accr[ée]ditation\s*:?\s*`, `\bacreditad[oa]s? (?:por|ante|pelo|pela)\s+`, `\bacreditaci[óo]n (?:de|por|ante)\s+`, `\borganismo de acreditaci[óo]n\s*:?\s*`, `\baccreditat[oaie] (?:da|dal|dalla|presso)\s+`, `\bgeaccrediteerd door\s+`),
		accreditation:   re(`\b(?:accredited|accreditation|akkreditiert\w*|akkreditierung|accr[ée]dit[ée]e?s?|accr[ée]ditation|acreditad[oa]s?|acreditaci[óo]n|accreditat[oaie])\b`),
		accreditationOf: re(`\b(?:accreditation|accr[ée]ditation|acreditaci[óo]n|akkreditierung|akredytacj\w*|accreditamento|acredita[çc][ãa]o)\s+`),
		nobodyVerb:      re(`\b(?:approved|certified|recogni[sz]ed|endorsed|licen[sc]ed|authori[sz]ed|anerkannt\w*|zertifiziert\w*|zugelassen\w*|agr[ée]{1,2}e?s?|reconnue?s?|homologad[oa]s?|reconocid[oa]s?|aprobad[oa]s?)\b`),
		nobodyBy:        re(`\b(?:approved|certified|endorsed|licen[sc]ed|authori[sz]ed|validated|recogni[sz]ed) by\s+`, `\b(?:anerkannt|zertifiziert|zugelassen) (?:durch|von)\s+`, `\b(?:agr[ée]{2}e?s?|reconnue?s?|approuv[ée]e?s?|certifi[ée]e?s?) par\s*`, `\b(?:homologad|reconocid|aprobad|certificad)[oa]s? por\s+`),
		issuedBy:        re(`\b(?:issued|certified|awarded|granted|conferred|provided|delivered) by\s*:?\s*`, `\b(?:certification|certifying|issuing) (?:body|organi[sz]ation|authority|institution)\s*:\s*`, `\bissuer\s*:\s*`, `\b(?:ausgestellt|zertifiziert|erteilt|verliehen|vergeben) (?:von|durch)\s*:?\s*`, `\b(?:zertifizierungsstelle|aussteller|ausgestellt von)\s*:\s*`, `\b(?:d[ée]livr[ée]e?|certifi[ée]e?|d[ée]cern[ée]e?|[ée]mise?|[ée]mis) par\s*:?\s*`, `\borganisme (?:certificateur|de certification)\s*:?\s*`, `\b(?:emitid|certificad|expedid|otorgad|conced)[oa]?(?:id[oa])? por\s*:?\s*`, `\b(?:entidad|organismo) (?:de certificaci[óo]n|certificador[a]?|emisor[a]?)\s*:?\s*`, `\b(?:rilasciat|emess|certificat)[oa] da\s*:?\s*`, `\bemitido pela?\s*:?\s*`, `\buitgegeven door\s*:?\s*`),
		holder:          re(`\b(?:this is to certify that|this certifies that|hereby certif(?:y|ies) that|certifies that|awarded to|presented to|issued to|conferred (?:up)?on|we confirm that|holder\s*:|name\s*:|certifie que|d[ée]cern[ée]e? [àa]|d[ée]livr[ée]e? [àa]|certifica que|otorgado a|a nombre de|titular\s*:|titulaire\s*:|inhaber(?:in)?\s*:|hiermit wird bescheinigt,? dass|si certifica che)\s*(?:mr\.?|ms\.?|mrs\.?|herr|frau|mme|d\.|don|do[ñn]a)?\s*`),
		title:           re(`\b(?:certified as(?: an?)?|has earned the(?: title| designation)?(?: of)?)\s+`, `\b(?:title|credential|certification|designation|titel|bezeichnung|titre|t[íi]tulo|titolo|abschluss)\s*:\s*`),
		certified:       regexp.MustCompile(`\b(?:[A-Z][\w-]+ )?(?:Certified|Zertifizierte[rn]?|Certifi[ée]e?|Certificad[oa]|Certificat[oa])(?: (?:in|of|and|for|[A-Z0-9&][\w&+/-]*)){1,7}`),
		certNumber:      re(`\b(?:certificate|certification|credential|cert|licen[sc]e|member|badge|zertifikats?|zertifizierungs|certificat|certificado|attestation|dipl[ôo]me|urkunden?)[\s-]*(?:id|no|n[º°o]|nr|number|nummer|num|n[úu]m[ée]ro|num[ée]ro|de certificado|#)\.?\s*[:#.]?\s*([A-Z0-9][A-Z0-9/.\-]{2,40})`, `\b(?:n[º°o]|nr|no)\.? (?:de |du )?(?:certificat|certificado|zertifikat)\s*[:#]?\s*([A-Z0-9][A-Z0-9/.\-]{2,40})`),
		accNumber:       re(`\b(?:accreditation|akkreditierungs?|accr[ée]ditation|acreditaci[óo]n|accreditamento)[\s-]*(?:id|no|n[º°o]|nr|number|nummer|num|n[úu]mero|num[ée]ro|#)\.?\s*[:#.]?\s*([A-Z0-9][A-Z0-9/.\-]{1,40})`),
		ownNumber:       regexp.MustCompile(`(?i)\b[0-9A-Z]{4}[- ]?[0-9A-Z]{4}[- ]?[0-9A-Z]{4}[- ]?[0-9A-Z*~$=]\b`),
		standard:        re(`\b((?:DIN |NF |UNE |UNE-|UNI |BS |[ÖO]NORM )?(?:EN )?(?:ISO ?/ ?IEC|ISO|IEC)(?: ?/ ?TS)?)[ -]?(\d{4,5})(?:-(\d{1,2}))?(?: ?: ?((?:19|20)\d\d))?`),
		arrangement:     regexp.MustCompile(`((?:[\p{L}\d][\p{L}\d&.-]*\s+){1,6}?)(?:MLA|MRA|(?i:Multilateral (?:Recognition )?(?:Arrangement|Agreement)|Mutual Recognition (?:Arrangement|Agreement)))\b`),
		signatory:       re(`\b(?:signatory|member|recogni[sz]ed) (?:of|to|by|under) (?:the )?`, `\b(?:unterzeichner|mitglied) (?:der|des|von) `, `\b(?:signataire|membre) (?:de l'|du |de la |de )`, `\b(?:firmante|miembro) (?:de la |del |de )`),
		markAfter:       re(`\b(?:mark|logo|seal|symbol|emblem|stamp|zeichen|siegel|marque|sello|logotipo|marchio)\b`),
		markBefore:      re(`\b(?:mark|logo|seal|symbol|marque|sello|logotipo|marca) (?:of (?:the )?|der |des |de l'|du |de la |del |de )`),
		check:           re(`\b(?:verif\w*|check\w*|validat\w*|authenticat\w*|[üu]berpr[üu]f\w*|pr[üu]f\w*|v[ée]rifi\w*|comprobar|comprueb\w*|valid\w*)\b[^\n]{0,60}?\b(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,12})(?:[/?]\S*)?`),
		negation:        re(`\b(?:not|no|never|none|cannot|isn't|doesn't|neither|nicht|kein\w*|nie|pas|jamais|aucune?|non|ning[úu]n\w*|nunca|n[ãa]o|niet)\b[^.,;:!?\n]{0,25}$`),
		issuedLabel:     re(`(?:issued?|issue date|date of issue|dated|decision|decided|awarded|granted|effective|valid from|certified on|since|earned|passed|obtained|achieved|ausgestellt|ausstellung\w*|g[üu]ltig ab|g[üu]ltig von|erteilt|datum|vom|seit|d[ée]livr\w*|obtenu\w*|fait [àa]|fait le|depuis|valable (?:[àa] partir )?du|expedi\w*|fecha|emi(?:tid|si)\w*|v[áa]lid[oa] desde|desde|otorgad\w*|rilasciat\w*|emess\w*|data)[^\n.;]{0,30}$`),
		expiryLabel:     re(`(?:expir\w*|\bexp\b|valid (?:until|through|thru|to|till)|valid\s*:|until|through|renew (?:by|before)|due|g[üu]ltig bis|g[üu]ltigkeit\w*|ablauf\w*|l[äa]uft ab|l[äa]uft [^\n]{0,12}ab|bis|valable jusqu\w*|jusqu'\w*|[ée]ch[ée]ance|v[áa]lid[oa] hasta|caduc\w*|venc\w*|hasta|scad\w*|valid[oa] fino|fino al|validade|at[ée])[^\n.;]{0,25}$`),
		orgStandard:     regexp.MustCompile(`^(?:9001|14001|45001|27001|22000|50001|13485|20000|22301|37001|26000|31000|21001|41001|55001|39001|28000|16949|42001|27701|37301|17100)$`),
		role:            re(`\b(?:auditor\w*|lead auditor|implementer|implementor|manager\w*|practitioner|consultant|foundation|expert\w*|officer|trainer|inspector|professional|specialist|technician|awareness|analyst|assessor|beauftragte\w*|berater\w*|auditeur\w*|responsable|impl[ée]ment\w*|consultor\w*|gestor\w*|t[ée]cnico\w*|auditrice|kursus|welder|operator)\b`),
		certif:          re(`\b(?:certif|zertif|gecertif)`),
		goesTo:          re(`^\W*(?:by|to|through|under|from|durch|von|nach|par|selon|por|seg[úu]n|da|in accordance|according)\b`),
		stop:            re(`[\n.;:()\[\]"|,]`, `\s(?:to|for|under|in|as|since|with|against|according|based|no|nr|number|and is|and has|which|who|that|on|until|is|has|are|valid|certificate n\w*|accreditation n\w*|accredited|für|nach|gem[äa]ß|unter|ist|am|gültig|und ist|pour|selon|sous|est|le|valable|según|para|bajo|conforme|sobre|es|válido|el \d|per|secondo|è)\b`),
		assessed:        re(`\bexam(?:ination|s)?\b`, `\bassess(?:ed|ment)`, `\bpassed\b`, `\btested\b`, `\bpr[üu]fung`, `\bbestanden\b`, `\bexamen\b`, `\b[ée]valuation\b`, `\bevaluaci[óo]n\b`, `\besame\b`, `\bgraded\b`),
	}
}
