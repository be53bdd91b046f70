"""French."""

CHECKS = {
    "completed_never_started": (
        "terminé sans jamais avoir commencé",
        "faire passer le travail par un état en cours quand il commence",
    ),
    "status_after_done": (
        "rouvert après sa clôture",
        "créer un autre élément pour le nouveau travail, ou le laisser ouvert jusqu’à la fin",
    ),
    "discarded_changes": (
        "pas commencé, bien qu’il ait déjà été en cours",
        "le clore, ou dire en commentaire pourquoi il attend de nouveau",
    ),
    "backwards_category": ("revenu d’en cours à pas commencé", "ne commencer que lorsque l’on peut continuer"),
    "backwards_status": (
        "allé contre l’ordre habituel des états",
        "convenir du sens de chaque état, ou en supprimer un",
    ),
    "created_in_wrong_status": (
        "créé déjà clos",
        "le créer quand le travail commence ; le passé importé peut rester hors des sources",
    ),
    "stopped_before_started": ("clos avant d’avoir commencé", "corriger l’ordre de ses états dans l’outil"),
    "started_below_not_started": (
        "pas commencé, alors que quelque chose en dessous l’est",
        "faire avancer l’élément parent avec sa première partie",
    ),
    "open_below_done": (
        "terminé avec du travail ouvert en dessous",
        "clore ce qui est en dessous, ou rouvrir l’élément parent",
    ),
    "several_places": ("dans deux projets ou deux itérations à la fois", "le garder là où l’on y travaille"),
    "blocked_on_closed": ("attend quelque chose de clos depuis des semaines", "enlever le lien, ou commencer"),
    "due_date_removed": ("échéance retirée alors qu’il est ouvert", "lui redonner une date, ou l’abandonner"),
    "value_removed": ("estimation, début ou évaluation retirés alors qu’il est ouvert", "remettre la valeur"),
    "unreadable": ("n’a pas pu être lu", "`bellwether sync` nomme chacun avec la raison"),
    "hidden": ("ne nous est plus montré", "donner accès au compte de Bellwether, ou le retirer des sources"),
    "unestimated": ("ouvert sans estimation", "l’estimer, comme les autres"),
    "status_contradiction": (
        "dans un état qui se contredit",
        "attribuer l’état dans la configuration, ou le corriger dans l’outil",
    ),
    "date_far_away": ("une date à plus de cinq ans", "corriger l’année"),
    "contradictory_dates": ("des dates qui se contredisent", "corriger les dates"),
    "history_missing": ("historique pas encore lu", "lancer `bellwether sync` jusqu’à ce qu’il n’en manque plus"),
    "history_cut_off": (
        "des changements d’état manquent dans son historique",
        "le relire avec `bellwether sync --full`",
    ),
    "in_progress_unassigned": ("en cours sans personne d’affecté", "l’affecter"),
    "stale_in_progress": ("en cours, intact depuis 30 jours", "le terminer, ou le remettre"),
    "risk_unassessed": ("un risque sans probabilité ou impact", "l’évaluer"),
}
